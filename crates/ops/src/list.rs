//! The one list of all operations.

/// Calls a macro with the list of all operations.
///
/// From this list come the enum [`Op`](crate::Op), its dispatch, the names that a listing knows, and
/// whatever else wants a row per operation: builders, test names, tables. Each row reads
/// `Type = name operands;`, where the operands stand in parentheses if the operation takes just so
/// many, and in brackets, as one name, if it takes one or more. An operation with a configuration
/// states it after its type, with its type, its description and some samples.
///
/// ```
/// macro_rules! count {
///     ($($type:ident $(($field:ident: $kind:ty, $words:literal, $samples:expr))? = $name:ident $operands:tt;)*) => {
///         [$(stringify!($name)),*].len()
///     };
/// }
/// assert_eq!(dagrad_ops::for_each_operation!(count), dagrad_ops::Op::NAMES.len());
/// ```
///
/// Whatever follows the name of the macro is handed to it before the list, in front of a `;`:
/// `for_each_operation!(callback, tokens)` calls `callback!(tokens; …)`.
#[macro_export]
macro_rules! for_each_operation {
    ($callback:ident $(, $($handed:tt)*)?) => {
        $callback! {
            $($($handed)* ;)?
            Add = add [terms];
            Mul = mul [factors];
            Sub = sub (minuend, subtrahend);
            Div = div (dividend, divisor);
            Neg = neg (x);
            Recip = recip (x);
            Square = square (x);
            Powi(exponent: i32, "an integer in brackets, as in `powi[3]`", [-3, -2, -1, 0, 1, 2, 3, 4, 7, 10]) = powi (base);
            Pow = pow (base, exponent);
            Sqrt = sqrt (x);
            Exp = exp (x);
            Expm1 = expm1 (x);
            Ln = ln (x);
            Log1p = log1p (x);
            Erf = erf (x);
            Sin = sin (x);
            Cos = cos (x);
            Tan = tan (x);
            Asin = asin (x);
            Acos = acos (x);
            Atan = atan (x);
            Atan2 = atan2 (y, x);
            Sinh = sinh (x);
            Cosh = cosh (x);
            Tanh = tanh (x);
            Sigmoid = sigmoid (x);
            Relu = relu (x);
            Softplus = softplus (x);
            Abs = abs (x);
            Min = min [operands];
            Max = max [operands];
            LogSumExp = log_sum_exp [operands];
            Lt = lt (left, right);
            Le = le (left, right);
            Gt = gt (left, right);
            Ge = ge (left, right);
            Eq = eq (left, right);
            Ne = ne (left, right);
            Select = select (condition, then, otherwise);
            StopGradient = stop_gradient (x);
        }
    };
}
