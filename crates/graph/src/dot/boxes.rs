//! Frames around what was made in a scope, and boxes in the place of what is collapsed.

use super::label::Label;
use crate::node::Kind;
use std::collections::HashMap;
use std::fmt::{self, Write as _};

/// What is drawn for a node of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// The node at this position of the canonical order.
    Node(usize),
    /// The box of this number.
    Box(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(position) => write!(f, "n{position}"),
            Self::Box(number) => write!(f, "box{number}"),
        }
    }
}

/// The tree of scopes, each with what stands directly in it, in order of first appearance.
pub(super) struct Frames {
    frames: Vec<Frame>,
    /// The frame of each path; the outermost scope has the empty path and the number 0.
    by_path: HashMap<String, usize>,
    boxes: Vec<Counts>,
}

#[derive(Default)]
struct Frame {
    /// The last part of the scope path.
    name: String,
    depth: usize,
    inside: Vec<Inside>,
    /// The box that stands for all of this scope, where it is collapsed.
    collapsed: Option<usize>,
}

/// What stands in a frame.
#[derive(Clone, Copy)]
enum Inside {
    Node(usize),
    Frame(usize),
    Box(usize),
}

/// What a box stands for.
#[derive(Default)]
struct Counts {
    path: String,
    parameters: usize,
    others: usize,
}

impl Frames {
    pub(super) fn new() -> Self {
        let root = Frame::default();
        let by_path = HashMap::from([(String::new(), 0)]);
        Self {
            frames: vec![root],
            by_path,
            boxes: Vec::new(),
        }
    }

    /// The number of boxes.
    pub(super) fn boxes(&self) -> usize {
        self.boxes.len()
    }

    /// Finds a place for the node at `position`, which was made in `scope`.
    pub(super) fn place<O>(
        &mut self,
        position: usize,
        scope: &str,
        kind: &Kind<O>,
        collapse: Option<usize>,
    ) -> Place {
        let frame = self.frame(scope, collapse);
        match self.frames[frame].collapsed {
            Some(number) => {
                let counts = &mut self.boxes[number];
                if matches!(kind, Kind::Parameter(_)) {
                    counts.parameters += 1;
                } else {
                    counts.others += 1;
                }
                Place::Box(number)
            }
            None => {
                self.frames[frame].inside.push(Inside::Node(position));
                Place::Node(position)
            }
        }
    }

    /// The innermost frame that is drawn for `path`; frames on the way that were not seen are added.
    fn frame(&mut self, path: &str, collapse: Option<usize>) -> usize {
        let mut frame = 0;
        let ends = path
            .match_indices('.')
            .map(|(at, _)| at)
            .chain([path.len()]);
        for end in ends.filter(|&end| end > 0) {
            if self.frames[frame].collapsed.is_some() {
                break;
            }
            let inner = &path[..end];
            frame = match self.by_path.get(inner) {
                Some(&known) => known,
                None => self.add_frame(frame, inner, collapse),
            };
        }
        frame
    }

    fn add_frame(&mut self, outer: usize, path: &str, collapse: Option<usize>) -> usize {
        let frame = self.frames.len();
        let depth = self.frames[outer].depth + 1;
        let name = path.rsplit('.').next().unwrap_or_default().to_owned();
        let is_collapsed = collapse.is_some_and(|limit| depth > limit);
        let collapsed = is_collapsed.then(|| {
            self.boxes.push(Counts {
                path: path.to_owned(),
                ..Counts::default()
            });
            self.boxes.len() - 1
        });
        let inside = collapsed.map_or(Inside::Frame(frame), Inside::Box);
        self.frames[outer].inside.push(inside);
        self.frames.push(Frame {
            name,
            depth,
            inside: Vec::new(),
            collapsed,
        });
        self.by_path.insert(path.to_owned(), frame);
        frame
    }

    /// Writes every frame with what stands in it.
    pub(super) fn write(
        &self,
        f: &mut String,
        write_node: impl Fn(&mut String, usize, usize) -> fmt::Result,
    ) -> fmt::Result {
        // A stack of frames and how much of each was written: scopes may be nested deeply.
        let mut open = vec![(0, 0)];
        while let Some((frame, written)) = open.last_mut() {
            let frame = &self.frames[*frame];
            let indent = 2 * (frame.depth + 1);
            match frame.inside.get(*written) {
                Some(&Inside::Node(position)) => write_node(f, indent, position)?,
                Some(&Inside::Box(number)) => self.write_box(f, indent, number)?,
                Some(&Inside::Frame(inner)) => {
                    *written += 1;
                    let label = Label(&self.frames[inner].name);
                    writeln!(f, "{:indent$}subgraph cluster{inner} {{", "")?;
                    writeln!(f, "{:indent$}  label={label}; color=grey;", "")?;
                    open.push((inner, 0));
                    continue;
                }
                None => {
                    if frame.depth > 0 {
                        writeln!(f, "{:indent$}}}", "", indent = indent - 2)?;
                    }
                    open.pop();
                    continue;
                }
            }
            *written += 1;
        }
        Ok(())
    }

    fn write_box(&self, f: &mut String, indent: usize, number: usize) -> fmt::Result {
        let Counts {
            path,
            parameters,
            others,
        } = &self.boxes[number];
        let label = format!("{path}\nparameters: {parameters}, other nodes: {others}");
        let style = "shape=box3d, style=filled, fillcolor=lightyellow";
        writeln!(
            f,
            "{:indent$}box{number} [label={}, {style}];",
            "",
            Label(&label)
        )
    }
}
