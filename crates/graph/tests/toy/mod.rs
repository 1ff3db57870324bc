//! Three operations, exact on small integers, and a wrapper that counts. They are all that the graph's
//! tests know of operations. The macros made of them are in `macros`.

pub(crate) mod macros;
pub(crate) mod tangle;

use dagrad_graph::{
    Arity, Evaluate, Grouping, KeyError, NodeId, Notate, Notation, Operator, Precedence, Scalar,
    Vocabulary, VocabularyError,
};
use macros::registry;
use std::fmt::Write as _;
use std::ops::{self, Mul};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) type Graph = dagrad_graph::Graph<Toy>;

/// The operations of the tests.
#[derive(Clone, Debug)]
pub(crate) enum Toy {
    /// The sum of one or more operands.
    Add,
    /// The product of two.
    Mul,
    /// The sum of the operands, each times its weight. An operand of weight zero gets no
    /// contribution, and a scalar type that cannot hold a weight is not supported.
    Weigh(Vec<i64>),
    /// Another operation, of the same name, that counts how often its value is computed.
    Counted(Box<Toy>, Calls),
}

/// How often an operation was computed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls(Arc<AtomicU64>);

impl Calls {
    /// `operation`, counted here.
    pub(crate) fn of(&self, operation: Toy) -> Toy {
        Toy::Counted(Box::new(operation), self.clone())
    }

    /// The calls since this was last asked.
    pub(crate) fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Operator for Toy {
    fn arity(&self) -> Arity {
        match self {
            Self::Add => Arity::AtLeast(1),
            Self::Mul => Arity::Exactly(2),
            Self::Weigh(weights) => Arity::Exactly(weights.len()),
            Self::Counted(counted, _) => counted.arity(),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Add => "add",
            Self::Mul => "mul",
            Self::Weigh(_) => "weigh",
            Self::Counted(counted, _) => counted.name(),
        }
    }

    fn configuration(&self) -> Option<String> {
        match self {
            Self::Add | Self::Mul => None,
            Self::Weigh(weights) => {
                let weights: Vec<_> = weights.iter().map(i64::to_string).collect();
                Some(weights.join(" "))
            }
            Self::Counted(counted, _) => counted.configuration(),
        }
    }
}

fn weight<S: Scalar>(weight: i64) -> S {
    S::from_f64(weight as f64)
}

impl<S: Scalar + Mul<Output = S>> Evaluate<S> for Toy {
    fn supports_scalar(&self) -> bool {
        match self {
            Self::Add | Self::Mul => true,
            Self::Weigh(weights) => weights.iter().all(|&exact| {
                let held = weight::<S>(exact).to_f64();
                held.to_bits() == weight::<f64>(exact).to_bits()
            }),
            Self::Counted(counted, _) => Evaluate::<S>::supports_scalar(counted.as_ref()),
        }
    }

    fn value(&self, x: &[S]) -> S {
        let sum = |terms: Vec<S>| terms.into_iter().reduce(|sum, term| sum + term);
        match self {
            Self::Add => sum(x.to_vec()).unwrap(),
            Self::Mul => x[0] * x[1],
            Self::Weigh(weights) => {
                let terms = weights.iter().zip(x).map(|(&w, &x)| weight::<S>(w) * x);
                sum(terms.collect()).unwrap()
            }
            Self::Counted(counted, calls) => {
                calls.0.fetch_add(1, Ordering::Relaxed);
                counted.value(x)
            }
        }
    }

    fn contributes(&self, operand: usize) -> bool {
        match self {
            Self::Add | Self::Mul => true,
            Self::Weigh(weights) => weights[operand] != 0,
            Self::Counted(counted, _) => Evaluate::<S>::contributes(counted.as_ref(), operand),
        }
    }

    #[expect(
        clippy::only_used_in_recursion,
        reason = "what is counted is given what it would be given by itself"
    )]
    fn contributions(&self, x: &[S], value: S, adjoint: S, to: &mut [S]) {
        match self {
            Self::Add => to.fill(adjoint),
            Self::Mul => (to[0], to[1]) = (adjoint * x[1], adjoint * x[0]),
            Self::Weigh(weights) => {
                for (to, &w) in to.iter_mut().zip(weights) {
                    *to = adjoint * weight::<S>(w);
                }
            }
            Self::Counted(counted, _) => counted.contributions(x, value, adjoint, to),
        }
    }
}

impl Notate for Toy {
    fn notation(&self) -> Notation {
        match self {
            Self::Add => Notation::Infix {
                symbol: "+",
                ascii: "+",
                precedence: Precedence::Sum,
                grouping: Grouping::Left,
            },
            Self::Mul => Notation::Infix {
                symbol: "·",
                ascii: "*",
                precedence: Precedence::Product,
                grouping: Grouping::Left,
            },
            Self::Weigh(_) => Notation::Function("weigh".to_owned()),
            Self::Counted(counted, _) => counted.notation(),
        }
    }
}

impl Vocabulary for Toy {
    fn from_name(name: &str, configuration: Option<&str>) -> Result<Self, VocabularyError> {
        let refuse = |wanted: &str| {
            Err(VocabularyError::Configuration {
                name: name.to_owned(),
                wanted: wanted.to_owned(),
                got: configuration.map_or("nothing".to_owned(), |text| format!("[{text}]")),
            })
        };
        match (name, configuration) {
            ("add", None) => Ok(Self::Add),
            ("mul", None) => Ok(Self::Mul),
            ("add" | "mul", Some(_)) => refuse("no brackets"),
            ("weigh", configuration) => {
                let weights = configuration.unwrap_or_default().split_whitespace();
                match weights.map(str::parse).collect::<Result<Vec<_>, _>>() {
                    Ok(weights) if !weights.is_empty() => Ok(Self::Weigh(weights)),
                    Ok(_) | Err(_) => refuse("integers in brackets"),
                }
            }
            _ => Err(VocabularyError::Unknown(name.to_owned())),
        }
    }
}

/// An integer modulo 2⁶⁴, in which sums and products of any size are exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Modular(pub(crate) u64);

impl ops::Add for Modular {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl Mul for Modular {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(self.0.wrapping_mul(other.0))
    }
}

impl Scalar for Modular {
    const NAME: &'static str = "integer modulo 2⁶⁴";

    fn from_f64(value: f64) -> Self {
        Self(value as i64 as u64)
    }

    fn to_f64(self) -> f64 {
        self.0 as i64 as f64
    }

    fn same_bits(self, other: Self) -> bool {
        self == other
    }
}

/// The graph with this listing, whose first line goes without saying.
pub(crate) fn read(listing: &str) -> Graph {
    match Graph::parse(&format!("dagrad graph 1\n{listing}"), &registry()) {
        Ok(graph) => graph,
        Err(error) => panic!("{error}\n{listing}"),
    }
}

/// The listing without its first line.
pub(crate) fn body(graph: &Graph) -> String {
    let listing = graph.to_string();
    listing.strip_prefix("dagrad graph 1\n").unwrap().to_owned()
}

/// The node of this name in the outermost scope.
pub(crate) fn node(graph: &Graph, name: &str) -> NodeId {
    graph
        .find("", name)
        .unwrap_or_else(|| panic!("no node is called {name:?}"))
}

/// Everything about a graph that can be looked at, and that a refused edit must leave as it was: the
/// listing, and the users of every node in their order.
pub(crate) fn state(graph: &Graph) -> Result<String, KeyError> {
    let order = graph.canonical_order();
    let mut text = graph.to_string();
    for (position, id) in order.iter().enumerate() {
        let users = graph.users(id)?.map(|user| order.position(user).unwrap());
        writeln!(
            text,
            "%{position} is used by {:?}",
            users.collect::<Vec<_>>()
        )
        .unwrap();
    }
    Ok(text)
}
