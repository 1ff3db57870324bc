//! Frames around what was made in a scope, and boxes in the place of what is collapsed.

use super::label::Label;
use crate::names::Symbol;
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
pub(super) struct Frames<'g> {
    /// The outermost scope has the number 0.
    frames: Vec<Frame<'g>>,
    /// The frames by the one that they stand in and the last part of their path.
    inner: HashMap<(usize, &'g str), usize>,
    /// The frames that were looked for before.
    by_scope: HashMap<Symbol, usize>,
    boxes: Vec<Counts<'g>>,
}

#[derive(Default)]
struct Frame<'g> {
    /// The last part of the scope path.
    name: &'g str,
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
struct Counts<'g> {
    path: &'g str,
    parameters: usize,
    others: usize,
}

impl<'g> Frames<'g> {
    pub(super) fn new() -> Self {
        Self {
            frames: vec![Frame::default()],
            inner: HashMap::new(),
            by_scope: HashMap::from([(Symbol::ROOT, 0)]),
            boxes: Vec::new(),
        }
    }

    /// The number of boxes and of frames that are drawn: each scope but the outermost is one of them.
    pub(super) fn drawn(&self) -> usize {
        self.frames.len() - 1
    }

    /// Finds a place for the node at `position`, which was made in the scope with this path.
    pub(super) fn place<O>(
        &mut self,
        position: usize,
        (scope, path): (Symbol, &'g str),
        kind: &Kind<O>,
        collapse: Option<usize>,
    ) -> Place {
        let known = self.by_scope.get(&scope).copied();
        let frame = known.unwrap_or_else(|| self.frame(path, collapse));
        self.by_scope.insert(scope, frame);
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
    fn frame(&mut self, path: &'g str, collapse: Option<usize>) -> usize {
        let (mut frame, mut start) = (0, 0);
        for name in path.split('.') {
            if self.frames[frame].collapsed.is_some() {
                break;
            }
            let end = start + name.len();
            frame = match self.inner.get(&(frame, name)) {
                Some(&known) => known,
                None => self.add_frame(frame, name, &path[..end], collapse),
            };
            start = end + 1;
        }
        frame
    }

    fn add_frame(
        &mut self,
        outer: usize,
        name: &'g str,
        path: &'g str,
        collapse: Option<usize>,
    ) -> usize {
        let frame = self.frames.len();
        let depth = self.frames[outer].depth + 1;
        let is_collapsed = collapse.is_some_and(|limit| depth > limit);
        let collapsed = is_collapsed.then(|| {
            self.boxes.push(Counts {
                path,
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
        self.inner.insert((outer, name), frame);
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
            let indent = indent(frame.depth);
            match frame.inside.get(*written) {
                Some(&Inside::Node(position)) => write_node(f, indent, position)?,
                Some(&Inside::Box(number)) => self.write_box(f, indent, number)?,
                Some(&Inside::Frame(inner)) => {
                    *written += 1;
                    let label = Label(self.frames[inner].name);
                    writeln!(f, "{:indent$}subgraph cluster{inner} {{", "")?;
                    writeln!(f, "{:indent$}  label={label}; color=grey;", "")?;
                    open.push((inner, 0));
                    continue;
                }
                None => {
                    if let Some(outer) = frame.depth.checked_sub(1) {
                        writeln!(f, "{:indent$}}}", "", indent = self::indent(outer))?;
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

/// How far what stands in a frame of this depth is indented. Beyond some depth, indenting further would
/// help nobody and take a text that grows with the square of the depth.
fn indent(depth: usize) -> usize {
    const DEEPEST: usize = 32;
    2 * (depth.min(DEEPEST) + 1)
}
