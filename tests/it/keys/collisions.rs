//! What may share a key and what may not, against a model that knows nothing of the bytes.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use variate::{Canonical, Context, KeyScheme, KeySource, Keyed, Value};

/// What a test makes a value of.
#[derive(Debug, Clone)]
enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    Big(u128),
    Float(f64),
    Text(String),
    Symbol(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    fn value(&self) -> Value<'static> {
        match self {
            Self::Null => Value::null(),
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Big(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
            Self::Text(text) => text.clone().into(),
            Self::Symbol(text) => Value::symbol(text.clone()),
            Self::List(items) => Value::list(items.iter().map(Self::value)),
            Self::Map(entries) => Value::map(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.value())),
            ),
        }
    }

    /// Two trees mean the same where their models are equal: types of scalars and the order of
    /// a map do not count, everything else does.
    fn model(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => value.to_string().into(),
            Self::Int(value) => value.to_string().into(),
            Self::Big(value) => value.to_string().into(),
            // The floats below have short decimals, which Rust writes as JSON does.
            Self::Float(value) => value.to_string().into(),
            Self::Text(text) | Self::Symbol(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(Self::model).collect(),
            Self::Map(entries) => model_of(entries),
        }
    }

    /// The same with every map in another order.
    fn reordered(&self) -> Self {
        match self {
            Self::List(items) => Self::List(items.iter().map(Self::reordered).collect()),
            Self::Map(entries) => Self::Map(reordered(entries)),
            scalar => scalar.clone(),
        }
    }
}

fn model_of(entries: &[(String, Tree)]) -> Json {
    let sorted: BTreeMap<_, _> = entries
        .iter()
        .map(|(key, tree)| (key, tree.model()))
        .collect();
    json!(sorted)
}

fn reordered(entries: &[(String, Tree)]) -> Vec<(String, Tree)> {
    // Keys are distinct here: the later of two equal ones would win.
    let other = entries
        .iter()
        .rev()
        .map(|(key, tree)| (key.clone(), tree.reordered()));
    other.collect()
}

/// Few and short texts, that equal values and values that imitate structure are frequent.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec![
            "", "a", "b", "ab", "0", "1", "-1", "true", "n", "s", "l", "m", "s\u{1}a", "\u{1}a",
            "\u{0}", "[]", "{}", "null", "é",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{0,6}",
        1 => (100_usize..300).prop_map(|length| "a".repeat(length)),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::Bool),
        (-2_i64..12).prop_map(Tree::Int),
        any::<i64>().prop_map(Tree::Int),
        (0_u128..3).prop_map(Tree::Big),
        any::<u128>().prop_map(Tree::Big),
        (0_i8..8).prop_map(|number| Tree::Float(f64::from(number) / 4.0)),
        text().prop_map(Tree::Text),
        text().prop_map(Tree::Symbol),
    ];
    leaf.prop_recursive(4, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List),
            entries(inner, 4).prop_map(Tree::Map),
        ]
    })
}

fn entries(
    tree: impl Strategy<Value = Tree>,
    most: usize,
) -> impl Strategy<Value = Vec<(String, Tree)>> {
    prop::collection::vec((text(), tree), 0..most).prop_map(|mut entries| {
        let mut seen = std::collections::HashSet::new();
        entries.retain(|(key, _)| seen.insert(key.clone()));
        entries
    })
}

/// A name, a context, and what it sticks to.
#[derive(Debug, Clone)]
struct Source {
    name: String,
    entries: Vec<(String, Tree)>,
    sticky: Tree,
}

fn source() -> impl Strategy<Value = Source> {
    let sticky = prop_oneof![3 => Just(Tree::Null), 1 => tree()];
    let few = entries(tree(), 4);
    let many = entries(tree(), 14);
    (
        text(),
        prop_oneof![6 => few.boxed(), 1 => many.boxed()],
        sticky,
    )
        .prop_map(|(name, entries, sticky)| Source {
            name,
            entries,
            sticky,
        })
}

impl Source {
    fn model(&self) -> Json {
        match &self.sticky {
            Tree::Null => json!([self.name, { "context": model_of(&self.entries) }]),
            sticky => json!([self.name, { "sticky": sticky.model() }]),
        }
    }

    fn key(&self, scheme: &dyn KeyScheme) -> String {
        let pairs = self
            .entries
            .iter()
            .map(|(key, tree)| (key.clone(), tree.value()));
        let context: Context<'static> = pairs.collect();
        let sticky = self.sticky.value();
        scheme
            .key(&KeySource::new(&self.name, &context).sticky_to(&sticky))
            .to_string()
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    /// All pairs of some hundred sources at once: one key for one meaning, one meaning for one key.
    #[test]
    fn keys_are_equal_exactly_where_meanings_are(sources in prop::collection::vec(source(), 300)) {
        let keyed = Keyed::new([7; 16]).unwrap();
        for scheme in [&Canonical as &dyn KeyScheme, &keyed] {
            let mut key_of = HashMap::new();
            let mut model_of = HashMap::new();
            for source in &sources {
                let (model, key) = (source.model(), source.key(scheme));
                prop_assert_eq!(key_of.entry(model.to_string()).or_insert(key.clone()), &key);
                prop_assert_eq!(model_of.entry(key).or_insert(model.clone()), &model);
            }
        }
    }

    #[test]
    fn order_does_not_count(sources in prop::collection::vec(source(), 100)) {
        for source in sources {
            let other = Source {
                entries: reordered(&source.entries),
                sticky: source.sticky.reordered(),
                ..source.clone()
            };
            prop_assert_eq!(source.key(&Canonical), other.key(&Canonical));
        }
    }

    #[test]
    fn integers_and_floats_have_one_text_wherever_they_are(number in any::<i64>(), float in any::<f64>()) {
        let key = |tree: Tree| Source {
            name: "pill".into(),
            entries: vec![("v".into(), Tree::List(vec![tree]))],
            sticky: Tree::Null,
        }.key(&Canonical);
        prop_assert_eq!(key(Tree::Int(number)), key(Tree::Text(number.to_string())));
        prop_assert_eq!(key(Tree::Float(float)), key(Tree::Text(Value::from(float).to_string())));
    }
}
