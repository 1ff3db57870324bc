//! How one item is written: the text around its operands, and which of them need parentheses.

use super::source::{FormulaItem, FormulaSource};
use crate::operator::{Grouping, Notation, Precedence};
use std::fmt;

/// The choices that a formula is printed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// Parameters and named constants as numbers.
    pub(super) numbers: bool,
    /// Symbols and names in ASCII, and parentheses where programs disagree about precedence.
    pub(super) ascii: bool,
}

/// How tightly a text holds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binding {
    /// As tightly as its loosest operator.
    Operator(Precedence),
    /// Nothing pulls it apart: a name, a number, a function.
    Atom,
}

/// How the text of an item looks to what stands around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) binding: Binding,
    /// Whether the text starts with a symbol, such as a sign.
    pub(super) starts_with_symbol: bool,
    /// How deep its parentheses are nested.
    pub(super) nesting: u32,
}

impl Look {
    /// That of a name.
    pub(super) const NAME: Self = Self {
        binding: Binding::Atom,
        starts_with_symbol: false,
        nesting: 0,
    };
}

/// How an item is written.
#[derive(Debug)]
pub(super) enum Form {
    /// By its name.
    Name,
    /// As a number.
    Number(f64),
    /// Between each two of its operands, of which there is at least one.
    Infix {
        symbol: &'static str,
        precedence: Precedence,
        grouping: Grouping,
    },
    /// Before its only operand.
    Prefix {
        symbol: &'static str,
        precedence: Precedence,
    },
    /// As a power of its only operand.
    Power(i32),
    /// As a function.
    Call(String),
    /// After its operand, by number.
    Port(Option<u32>),
    /// As its only operand.
    Operand,
}

impl Form {
    pub(super) fn of(source: &impl FormulaSource, index: usize, style: Style) -> Self {
        match source.item(index) {
            FormulaItem::Input { .. } => Self::Name,
            FormulaItem::Parameter { value, .. } if style.numbers => Self::Number(value),
            FormulaItem::Parameter { .. } => Self::Name,
            FormulaItem::Constant(value) => {
                if style.numbers || source.name(index).is_none() {
                    Self::Number(value)
                } else {
                    Self::Name
                }
            }
            FormulaItem::Operation { name, notation } => {
                Self::of_notation(notation, name, source.operand_count(index), style)
            }
            FormulaItem::Call(name) => Self::Call(name),
            FormulaItem::Port(number) => Self::Port(number),
            FormulaItem::Alias => Self::Operand,
        }
    }

    fn of_notation(notation: Notation, name: &str, operands: usize, style: Style) -> Self {
        match (notation, operands) {
            // A sum of one term is that term.
            (Notation::Infix { .. }, 1) => Self::Operand,
            (
                Notation::Infix {
                    symbol,
                    ascii,
                    precedence,
                    grouping,
                },
                2..,
            ) => Self::Infix {
                symbol: if style.ascii { ascii } else { symbol },
                precedence,
                grouping,
            },
            (Notation::Prefix { symbol, precedence }, 1) => Self::Prefix { symbol, precedence },
            (Notation::Power { exponent }, 1) => Self::Power(exponent),
            (Notation::Function(name), _) => Self::Call(name),
            // Not what the notation is for, but not a reason to fail.
            (Notation::Infix { .. } | Notation::Prefix { .. } | Notation::Power { .. }, _) => {
                Self::Call(name.to_owned())
            }
        }
    }

    /// Whether the item is worth a line of its own where it is used more than once.
    pub(super) fn is_worth_sharing(&self) -> bool {
        match self {
            Self::Infix { .. } | Self::Prefix { .. } | Self::Power(_) | Self::Call(_) => true,
            Self::Name | Self::Number(_) | Self::Port(_) | Self::Operand => false,
        }
    }

    /// Whether the operand at position `at` of `count`, which looks like this, needs parentheses.
    pub(super) fn parenthesises(&self, at: usize, count: usize, look: Look, style: Style) -> bool {
        match self {
            Self::Infix {
                precedence,
                grouping,
                ..
            } => {
                // Programs disagree about `a^b^c`.
                let disputed = style.ascii && *precedence == Precedence::Power;
                let groups = !disputed
                    && match grouping {
                        Grouping::Left => at == 0,
                        Grouping::Right => at + 1 == count,
                        Grouping::Never => false,
                    };
                let this = Binding::Operator(*precedence);
                let holds = look.binding > this || (groups && look.binding == this);
                !holds || (at > 0 && look.starts_with_symbol)
            }
            Self::Prefix { precedence, .. } => {
                // Programs disagree about `-a^b`.
                let disputed = style.ascii && look.binding == Binding::Operator(Precedence::Power);
                let holds = look.binding > Binding::Operator(*precedence) && !disputed;
                !holds || look.starts_with_symbol
            }
            Self::Power(_) => look.binding <= Binding::Operator(Precedence::Power),
            Self::Name | Self::Number(_) | Self::Call(_) | Self::Port(_) | Self::Operand => false,
        }
    }

    /// How the text looks, given how each operand looks.
    pub(super) fn look(&self, operands: impl ExactSizeIterator<Item = Look>, style: Style) -> Look {
        let is_function = matches!(self, Self::Call(_));
        let count = operands.len();
        let mut first_starts_with_symbol = false;
        let mut nesting = 0;
        for (at, look) in operands.enumerate() {
            let enclosed = is_function || self.parenthesises(at, count, look, style);
            nesting = nesting.max(look.nesting + u32::from(enclosed));
            if at == 0 {
                first_starts_with_symbol = look.starts_with_symbol && !enclosed;
            }
        }
        let (binding, starts_with_symbol) = match self {
            Self::Number(value) if value.is_sign_negative() && !value.is_nan() => {
                (Binding::Operator(Precedence::Sign), true)
            }
            Self::Name | Self::Number(_) | Self::Call(_) | Self::Port(_) | Self::Operand => {
                (Binding::Atom, false)
            }
            Self::Infix { precedence, .. } => {
                (Binding::Operator(*precedence), first_starts_with_symbol)
            }
            Self::Prefix { symbol, precedence } => (
                Binding::Operator(*precedence),
                !symbol.starts_with(|c: char| c.is_ascii_digit()),
            ),
            Self::Power(_) => (
                Binding::Operator(Precedence::Power),
                first_starts_with_symbol,
            ),
        };
        Look {
            binding,
            starts_with_symbol,
            nesting,
        }
    }

    /// Writes what stands before the operand at position `at`.
    pub(super) fn write_before(&self, at: usize, f: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::Infix {
                symbol, precedence, ..
            } if at > 0 => match precedence {
                Precedence::Comparison | Precedence::Sum => write!(f, " {symbol} "),
                Precedence::Product | Precedence::Sign | Precedence::Power => f.write_str(symbol),
            },
            Self::Prefix { symbol, .. } => f.write_str(symbol),
            Self::Call(name) if at == 0 => write!(f, "{name}("),
            Self::Call(_) => f.write_str(", "),
            Self::Infix { .. }
            | Self::Name
            | Self::Number(_)
            | Self::Power(_)
            | Self::Port(_)
            | Self::Operand => Ok(()),
        }
    }

    /// Writes what stands after the operands, of which there are `count`.
    pub(super) fn write_after(&self, count: usize, f: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::Number(value) => write_number(*value, f),
            Self::Power(exponent @ ..0) => write!(f, "^({exponent})"),
            Self::Power(exponent) => write!(f, "^{exponent}"),
            Self::Call(name) if count == 0 => write!(f, "{name}()"),
            Self::Call(_) => f.write_str(")"),
            Self::Port(Some(number)) => write!(f, ".{number}"),
            Self::Infix { .. }
            | Self::Prefix { .. }
            | Self::Name
            | Self::Port(None)
            | Self::Operand => Ok(()),
        }
    }
}

/// Writes the shortest decimal that reads back to the number, without the `.0` of an integer.
fn write_number(value: f64, f: &mut impl fmt::Write) -> fmt::Result {
    if value.is_nan() {
        return f.write_str("nan");
    }
    let text = format!("{value:?}");
    f.write_str(text.strip_suffix(".0").unwrap_or(&text))
}
