//! Where an account endpoint's answer keeps the figures.

use std::fmt;
use std::str::FromStr;

use crate::credit::{Amount, BucketId, FailureKind, Figure};

/// A JSON Pointer (RFC 6901) that may hold `*` steps, each standing for every element of an array.
///
/// `/data/credits`, `/0/tokens`, `/packs/*/remaining`. A step of digits is an index in an array and a key in an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JsonPath(Vec<PathStep>);

/// One step of a [`JsonPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathStep {
    /// A key of an object, or the index of an array's element where it is a number.
    Key(String),
    /// Every element of an array.
    Each,
}

/// Why a text is not a [`JsonPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a path starts with a slash and separates its steps by slashes, as /data/credits or /packs/*/remaining")]
pub struct PathError;

impl JsonPath {
    /// The steps, from the answer's root.
    #[must_use]
    pub fn steps(&self) -> &[PathStep] {
        &self.0
    }

    /// Whether the path can lead to several values.
    #[must_use]
    pub fn is_multiple(&self) -> bool {
        self.0.contains(&PathStep::Each)
    }
}

impl FromStr for JsonPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let rest = text.strip_prefix('/').ok_or(PathError)?;
        let steps = rest.split('/').map(|step| match step {
            "" => Err(PathError),
            "*" => Ok(PathStep::Each),
            key => Ok(PathStep::Key(key.replace("~1", "/").replace("~0", "~"))),
        });
        steps.collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            PathStep::Key(key) => write!(f, "/{}", key.replace('~', "~0").replace('/', "~1")),
            PathStep::Each => f.write_str("/*"),
        })
    }
}

/// Where an answer keeps what an observation needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extraction {
    /// Conditions on the answer, checked before any figure is taken.
    pub gates: Vec<Gate>,
    /// The plan's name.
    pub plan: Option<TextRule>,
    /// The owner's e-mail.
    pub email: Option<TextRule>,
    /// The end of the subscription.
    pub subscription_ends_at: Option<InstantRule>,
    /// Each bucket's figures.
    pub buckets: Vec<BucketFigures>,
}

/// A text in the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRule {
    /// Where it is.
    pub path: JsonPath,
    /// Whether it may be missing or null. Otherwise the answer is malformed.
    pub optional: bool,
}

/// An instant in the answer, from 1970 on. One after the year 2199, as many services write "never", counts as none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstantRule {
    /// Where it is.
    pub path: JsonPath,
    /// How it is written.
    pub format: InstantFormat,
    /// Whether it may be missing or null. Otherwise the answer is malformed.
    pub optional: bool,
}

/// How an answer writes an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InstantFormat {
    /// RFC 3339 with an offset.
    #[default]
    Rfc3339,
    /// Whole seconds since 1970 as a number.
    UnixSeconds,
    /// Whole milliseconds since 1970 as a number.
    UnixMilliseconds,
}

/// Where a bucket's figures are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketFigures {
    /// The bucket.
    pub bucket: BucketId,
    /// What remains.
    pub remaining: FigureRule,
    /// What a cycle starts with; `None` where the bucket has no capacity.
    pub capacity: Option<FigureRule>,
}

/// How a figure is taken from an answer: the first alternative whose paths are all there counts. Where there is none, the
/// answer is malformed, and the first alternative's path is the one that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureRule {
    /// The alternatives; at least one.
    pub alternatives: Vec<FigureTerm>,
}

/// A figure: `(path − minus) × scale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureTerm {
    /// Where the number is. Where a `*` step leads to several numbers, they are added up.
    pub path: JsonPath,
    /// Which elements of the path's first `*` step count; `None` takes all.
    pub filter: Option<ElementFilter>,
    /// What is taken off, as usage off a limit; written and typed like `path`.
    pub minus: Option<JsonPath>,
    /// How the numbers are written.
    pub number: NumberType,
    /// What the number is multiplied by to give credits: 0.01 where cents are reported. One if not said.
    pub scale: Amount,
    /// What a JSON null at `path` means; `None` makes the answer malformed.
    pub null: Option<Figure>,
    /// What it means when no element passes the filter or the array is empty; `None` counts as missing.
    pub empty: Option<Amount>,
}

/// Picks elements of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementFilter {
    /// Where an element keeps what is compared, from the element.
    pub path: JsonPath,
    /// The texts (or numbers or truth values, as JSON writes them) that pass.
    pub is: Vec<String>,
}

/// How an answer writes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NumberType {
    /// A JSON number.
    #[default]
    Number,
    /// A JSON number without a fraction.
    Integer,
    /// A decimal in a string.
    Text,
    /// Either.
    NumberOrText,
}

/// A condition on an answer with a good HTTP status: a code in its body, a subscription's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What is looked at. Where it is missing, the gate is shut if it names values that pass.
    pub path: JsonPath,
    /// Which values pass.
    pub pass: GateValues,
    /// What sort of failure a shut gate is.
    pub kind: FailureKind,
    /// What a shut gate means.
    pub means: String,
    /// Where the answer keeps a message, to be added to `means`.
    pub message: Option<JsonPath>,
}

/// The values that pass a [`Gate`], written as JSON writes texts (without quotes), numbers and truth values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateValues {
    /// Only these.
    Only(Vec<String>),
    /// All but these.
    AllBut(Vec<String>),
}

impl GateValues {
    /// Whether a value passes; `None` is a missing value.
    #[must_use]
    pub fn pass(&self, value: Option<&str>) -> bool {
        match self {
            Self::Only(values) => value.is_some_and(|value| values.iter().any(|v| v == value)),
            Self::AllBut(values) => value.is_none_or(|value| values.iter().all(|v| v != value)),
        }
    }
}
