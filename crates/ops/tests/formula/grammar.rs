//! The grammar of mathematics that formulas are written in, as a parser of its own.
//!
//! ```text
//! formula = sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]
//! sum     = product {("+" | "-") product}
//! product = power {("·" | "/") power}
//! power   = atom ["^" power]
//! atom    = number | name | name "(" formula {"," formula} ")" | "(" formula ")"
//! ```
//!
//! and a formula may start with one sign, which binds its first power. No two symbols stand side by side.

use dagrad_graph::{Kind, NodeId, Notate, Notation};
use dagrad_ops::Op;

type Graph = dagrad_graph::Graph<Op>;

/// What a formula says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Name(String),
    /// A number that is not negative.
    Number(u64),
    Node(String, Vec<Tree>),
}

fn node(what: &str, operands: Vec<Tree>) -> Tree {
    Tree::Node(what.to_owned(), operands)
}

fn number(value: f64) -> Tree {
    if value.is_nan() {
        Tree::Name("nan".to_owned())
    } else if value.is_sign_negative() {
        node("-", vec![number(-value)])
    } else if value.is_infinite() {
        Tree::Name("inf".to_owned())
    } else {
        Tree::Number(value.to_bits())
    }
}

/// What the formula of this node, inlined, has to say; `names` are those of its leaves. It recurses, so
/// it is for small graphs.
pub(crate) fn meaning(graph: &Graph, id: NodeId, names: &[(NodeId, String)]) -> Tree {
    if let Some((_, name)) = names.iter().find(|(leaf, _)| *leaf == id) {
        return Tree::Name(name.clone());
    }
    let operands: Vec<Tree> = graph
        .operands(id)
        .unwrap()
        .map(|operand| meaning(graph, operand, names))
        .collect();
    match graph.kind(id).unwrap() {
        Kind::Parameter(value) | Kind::Constant(value) => number(*value),
        Kind::Operation(Op::Recip) => node("/", [vec![number(1.0)], operands].concat()),
        Kind::Operation(op) => match op.notation() {
            Notation::Infix { symbol, .. } => operands
                .into_iter()
                .reduce(|left, right| node(symbol, vec![left, right]))
                .unwrap(),
            Notation::Prefix { symbol, .. } => node(symbol, operands),
            Notation::Power { exponent } => {
                node("^", [operands, vec![number(f64::from(exponent))]].concat())
            }
            Notation::Function(name) => node(&name, operands),
        },
        Kind::Alias => operands.into_iter().next().unwrap(),
        Kind::Input(_) | Kind::Macro(_) | Kind::Port(_) => panic!("a leaf without a name"),
    }
}

/// What this text says; none where it breaks the grammar.
pub(crate) fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser { rest: text };
    let tree = parser.formula()?;
    parser.rest.is_empty().then_some(tree)
}

/// The text without one of its pairs of parentheses, for each pair that encloses an operand.
pub(crate) fn without_each_pair(text: &str) -> Vec<String> {
    let mut open = Vec::new();
    let mut shorter = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '(' => open.push(at),
            ')' => {
                let start = open.pop().unwrap();
                let is_call = text[..start].ends_with(|c: char| c.is_alphanumeric());
                if !is_call {
                    let (before, inside, after) =
                        (&text[..start], &text[start + 1..at], &text[at + 1..]);
                    shorter.push(format!("{before}{inside}{after}"));
                }
            }
            _ => {}
        }
    }
    shorter
}

struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    /// Skips the first of `symbols` that comes next, and gives it.
    fn symbol<'s>(&mut self, symbols: &[&'s str]) -> Option<&'s str> {
        let found = symbols.iter().find(|&&s| self.rest.starts_with(s))?;
        self.rest = &self.rest[found.len()..];
        Some(found)
    }

    fn formula(&mut self) -> Option<Tree> {
        let left = self.sum(true)?;
        let comparisons = [" <= ", " < ", " >= ", " > ", " == ", " != "];
        match self.symbol(&comparisons) {
            None => Some(left),
            Some(symbol) => {
                let right = self.sum(false)?;
                Some(node(symbol.trim(), vec![left, right]))
            }
        }
    }

    fn sum(&mut self, is_first: bool) -> Option<Tree> {
        let mut sum = self.product(is_first)?;
        while let Some(symbol) = self.symbol(&[" + ", " - "]) {
            sum = node(symbol.trim(), vec![sum, self.product(false)?]);
        }
        Some(sum)
    }

    fn product(&mut self, is_first: bool) -> Option<Tree> {
        let mut product = match self.symbol(&["-"]) {
            Some(sign) if is_first => node(sign, vec![self.power()?]),
            Some(_) => return None,
            None => self.power()?,
        };
        while let Some(symbol) = self.symbol(&["·", "/"]) {
            product = node(symbol, vec![product, self.power()?]);
        }
        Some(product)
    }

    fn power(&mut self) -> Option<Tree> {
        let base = self.atom()?;
        match self.symbol(&["^"]) {
            None => Some(base),
            Some(symbol) => Some(node(symbol, vec![base, self.power()?])),
        }
    }

    fn atom(&mut self) -> Option<Tree> {
        if self.symbol(&["("]).is_some() {
            let inside = self.formula()?;
            return self.symbol(&[")"]).map(|_| inside);
        }
        let word = self.word();
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return word.parse::<f64>().ok().map(number);
        }
        if word.is_empty() {
            return None;
        }
        if self.symbol(&["("]).is_none() {
            return Some(Tree::Name(word));
        }
        let mut operands = vec![self.formula()?];
        while self.symbol(&[", "]).is_some() {
            operands.push(self.formula()?);
        }
        self.symbol(&[")"]).map(|_| Tree::Node(word, operands))
    }

    /// A name or a number.
    fn word(&mut self) -> String {
        let is_number = self.rest.starts_with(|c: char| c.is_ascii_digit());
        let mut before = ' ';
        let end = self.rest.find(|c: char| {
            let is_sign = c == '-' && before == 'e';
            let inside = c.is_alphanumeric() || c == '_' || (is_number && (c == '.' || is_sign));
            before = c;
            !inside
        });
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let word = word.to_owned();
        self.rest = rest;
        word
    }
}

#[test]
fn the_grammar_is_that_of_mathematics() {
    let same = |text: &str, full: &str| assert_eq!(parse(text).unwrap(), parse(full).unwrap());
    same("a - b + c", "(a - b) + c");
    same("a/b·c", "(a/b)·c");
    same("a^b^c", "a^(b^c)");
    same("-a^b", "-(a^b)");
    same("-a·b", "(-a)·b");
    same("a + b < c·d", "(a + b) < (c·d)");
    assert_ne!(parse("a - b + c"), parse("a - (b + c)"));
    for wrong in ["", "a·-b", "a < b < c", "a + ", "f(a", "a)", "--a", "a^-2"] {
        assert_eq!(parse(wrong), None, "{wrong}");
    }
}
