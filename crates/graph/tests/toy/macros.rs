//! The macros of the tests, and the registry that reads them back.

use super::Toy;
use super::tangle::Tangle;
use dagrad_graph::Build as _;
use dagrad_graph::{Arity, Expansion, Macro, MacroError, NodeId, Registry};

/// A macro of which the tests know what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ToyMacro {
    /// Every operand is a port.
    Pass,
    /// The two operands are the ports, the other way round.
    Swap,
    /// The operand times itself.
    Square,
    /// The operand plus itself, behind both of two ports.
    Twin,
    /// The operand times one parameter plus another, which start at these values.
    Affine(i32, i32),
    /// The operand plus a parameter that is drawn.
    Drawn,
    /// This constant, which has the name `c`, without operands.
    Literal(i32),
    /// So many parameters, without operands: 0, 1, 2 …
    Weights(usize),
    /// A feature called `x` and a target called `t`, without operands.
    Source,
    /// The sum of both ports of a twin and of a square, all of them macros without names.
    Block,
    /// These macros of one operand, each on the first port of the one before.
    Chain(Vec<ToyMacro>),
    /// As many ports as this: each the operand plus this one's own constant.
    Fan(usize),
    /// The square, inside so many macros like this one.
    Nest(usize),
    /// Itself, for ever.
    Forever,
    /// The sum of two of itself, for ever.
    Doubling,
    /// Nodes of every kind, and then what goes wrong.
    Fails(String),
}

const NAMES: [&str; 16] = [
    "pass", "swap", "square", "twin", "affine", "drawn", "literal", "weights", "source", "block",
    "chain", "fan", "nest", "forever", "doubling", "fails",
];

impl ToyMacro {
    /// The macro with this name and configuration, or what it wants for a configuration.
    pub(crate) fn new(name: &str, configuration: Option<&str>) -> Result<Self, String> {
        let numbers = |count: usize| {
            let words = configuration.unwrap_or_default().split(' ');
            let numbers: Option<Vec<i32>> = words.map(|word| word.parse().ok()).collect();
            numbers
                .filter(|numbers| numbers.len() == count)
                .ok_or(format!("{count} integer(s) in brackets"))
        };
        let plain = match name {
            "pass" => Self::Pass,
            "swap" => Self::Swap,
            "square" => Self::Square,
            "twin" => Self::Twin,
            "drawn" => Self::Drawn,
            "source" => Self::Source,
            "block" => Self::Block,
            "forever" => Self::Forever,
            "doubling" => Self::Doubling,
            "affine" => return numbers(2).map(|n| Self::Affine(n[0], n[1])),
            "literal" => return numbers(1).map(|n| Self::Literal(n[0])),
            "weights" => return numbers(1).map(|n| Self::Weights(n[0] as usize)),
            "fan" => return numbers(1).map(|n| Self::Fan(n[0] as usize)),
            "nest" => return numbers(1).map(|n| Self::Nest(n[0] as usize)),
            "fails" => return Ok(Self::Fails(configuration.unwrap_or_default().to_owned())),
            _ => {
                let words = configuration.unwrap_or_default().split_whitespace();
                let parts = words.map(|word| Self::new(word, None));
                return parts.collect::<Result<_, _>>().map(Self::Chain);
            }
        };
        match configuration {
            None => Ok(plain),
            Some(_) => Err("no brackets".to_owned()),
        }
    }
}

impl Macro<Toy> for ToyMacro {
    fn name(&self) -> &str {
        NAMES[match self {
            Self::Pass => 0,
            Self::Swap => 1,
            Self::Square => 2,
            Self::Twin => 3,
            Self::Affine(..) => 4,
            Self::Drawn => 5,
            Self::Literal(_) => 6,
            Self::Weights(_) => 7,
            Self::Source => 8,
            Self::Block => 9,
            Self::Chain(_) => 10,
            Self::Fan(_) => 11,
            Self::Nest(_) => 12,
            Self::Forever => 13,
            Self::Doubling => 14,
            Self::Fails(_) => 15,
        }]
    }

    fn configuration(&self) -> Option<String> {
        match self {
            Self::Affine(w, b) => Some(format!("{w} {b}")),
            Self::Literal(value) => Some(value.to_string()),
            Self::Weights(count) | Self::Fan(count) | Self::Nest(count) => Some(count.to_string()),
            Self::Chain(parts) => {
                let names: Vec<_> = parts.iter().map(Macro::name).collect();
                Some(names.join(" "))
            }
            Self::Fails(how) => Some(how.clone()),
            _ => None,
        }
    }

    fn arity(&self) -> Arity {
        match self {
            Self::Pass => Arity::AtLeast(1),
            Self::Swap => Arity::Exactly(2),
            Self::Literal(_) | Self::Weights(_) | Self::Source => Arity::Exactly(0),
            _ => Arity::Exactly(1),
        }
    }

    fn ports(&self, operands: usize) -> usize {
        match self {
            // Whoever asks about fewer operands than the arity allows is wrong.
            Self::Pass => operands.checked_sub(1).unwrap() + 1,
            Self::Swap | Self::Twin | Self::Source => 2,
            Self::Weights(count) | Self::Fan(count) => *count,
            Self::Chain(parts) => parts.last().map_or(1, |last| last.ports(1)),
            _ => 1,
        }
    }

    fn expand(&self, at: &mut Expansion<'_, Toy>, x: &[NodeId]) -> Result<Vec<NodeId>, MacroError> {
        Ok(match self {
            Self::Pass => x.to_vec(),
            Self::Swap => vec![x[1], x[0]],
            Self::Square => vec![at.operation(Toy::Mul, &[x[0], x[0]])?],
            Self::Twin => vec![at.operation(Toy::Add, &[x[0], x[0]])?; 2],
            Self::Affine(w, b) => {
                let w = at.parameter("w", f64::from(*w))?;
                let b = at.parameter("b", f64::from(*b))?;
                let product = at.operation(Toy::Mul, &[w, x[0]])?;
                vec![at.operation(Toy::Add, &[product, b])?]
            }
            Self::Drawn => {
                let by = at.drawn_parameter("by", |rng| (rng.next_u64() >> 11) as f64)?;
                vec![at.operation(Toy::Add, &[x[0], by])?]
            }
            Self::Literal(value) => {
                vec![at.leaf(dagrad_graph::Leaf::Constant(f64::from(*value)), Some("c"))?]
            }
            Self::Weights(count) => {
                let weight = |n| Ok(at.parameter(&*format!("w{n}"), n as f64)?);
                (0..*count).map(weight).collect::<Result<_, MacroError>>()?
            }
            Self::Source => vec![at.feature("x")?, at.target("t")?],
            Self::Block => {
                let twin = at.add_macro(None, Self::Twin, x)?;
                let square = at.add_macro(None, Self::Square, &twin[..1])?;
                vec![at.operation(Toy::Add, &[twin[0], twin[1], square[0]])?]
            }
            Self::Chain(parts) => {
                let mut values = x.to_vec();
                for part in parts {
                    values = at.add_macro(None, part.clone(), &values[..1])?;
                }
                values
            }
            Self::Fan(count) => {
                let mut ports = Vec::new();
                for _ in 0..*count {
                    let own = at.constant(1.0)?;
                    ports.push(at.operation(Toy::Add, &[x[0], own])?);
                }
                ports
            }
            Self::Nest(0) => at.add_macro("m", Self::Square, x)?,
            Self::Nest(deep) => at.add_macro("m", Self::Nest(deep - 1), x)?,
            Self::Forever => at.add_macro("again", Self::Forever, x)?,
            Self::Doubling => {
                let one = at.add_macro("one", Self::Doubling, x)?[0];
                let two = at.add_macro("two", Self::Doubling, x)?[0];
                vec![at.operation(Toy::Add, &[one, two])?]
            }
            Self::Fails(how) => return fail(how, at, x[0]),
        })
    }
}

/// Adds nodes of every kind, and then fails as `how` says.
fn fail(how: &str, at: &mut Expansion<'_, Toy>, x: NodeId) -> Result<Vec<NodeId>, MacroError> {
    at.feature("f")?;
    at.target("t")?;
    let w = at.drawn_parameter("w", |_| 1.0)?;
    let sum = at.operation(Toy::Add, &[x, x, w, x])?;
    let inner = at.within("deep", |at| at.add_macro(None, ToyMacro::Block, &[sum]))?[0];
    let own = || {
        let (scope, name) = at
            .scope_path()
            .rsplit_once('.')
            .unwrap_or(("", at.scope_path()));
        at.graph().find(scope, name).unwrap()
    };
    match how {
        "refused" => Err(MacroError::Refused("cannot be built on Mondays".to_owned())),
        "arity" => Ok(vec![at.operation(Toy::Mul, &[inner])?]),
        "taken" => Ok(vec![at.parameter("w", 2.0)?]),
        "empty" => Ok(vec![at.parameter("", 2.0)?]),
        "foreign" => Ok(vec![
            super::read("%0 = feature \"x\"").find("", "x").unwrap(),
        ]),
        "dangling" => Ok(vec![at.operation(Toy::Add, &[NodeId::dangling()])?]),
        "few" => Ok(vec![]),
        "many" => Ok(vec![x, inner]),
        "itself" => Ok(vec![own()]),
        "operand" => Ok(vec![at.operation(Toy::Add, &[own()])?]),
        "port" => Ok(vec![at.graph().users(own())?.next().unwrap()]),
        "cycle" => {
            let port = at.graph().users(own())?.next().unwrap();
            Ok(vec![at.operation(Toy::Add, &[inner, port])?])
        }
        "inside" => Ok(at.add_macro("inside", ToyMacro::Fails("refused".to_owned()), &[inner])?),
        "endless" => loop {
            at.constant(1.0)?;
        },
        "ports" => Ok(at.add_macro(None, ToyMacro::Fan(usize::MAX), &[inner])?),
        _ => Ok(vec![inner]),
    }
}

/// Everything that the tests' listings are made of.
pub(crate) fn registry() -> Registry<Toy> {
    let with = |registry: Registry<Toy>, &name: &&'static str| {
        registry.with_macro(name, move |configuration| {
            ToyMacro::new(name, configuration)
        })
    };
    let registry = NAMES.iter().fold(Registry::new(), with);
    registry.with_macro("tangle", Tangle::new)
}
