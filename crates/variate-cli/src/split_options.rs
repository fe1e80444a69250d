//! The options that say how units are divided among variants.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use variate::{
    Bucketing, Config, ConfigBuilder, ConfigError, Declaration, Percent, PercentError, Variant,
};

use crate::arguments::{Unusable, unusable};

#[derive(Debug, Args)]
pub(crate) struct SplitOptions {
    /// The variants' names in order, with commas; `control` comes first, also where it is left out
    #[arg(long, value_delimiter = ',', default_value = "control,candidate")]
    variants: Vec<String>,
    /// One percentage for each variant, in order (50,25,25) or by name (control=50,red=25,blue=25)
    ///
    /// Up to two decimals, 100 in total. Every variant gets the same share where this is left out.
    #[arg(long, value_delimiter = ',', value_parser = share, allow_hyphen_values = true)]
    percent: Option<Vec<Share>>,
    /// How a unit gets its place among the percentages
    #[arg(long, default_value_t, value_parser = bucketing())]
    bucketing: Bucketing,
}

/// A percentage, of the variant of this name or of the next one in order.
#[derive(Debug, Clone)]
struct Share {
    variant: Option<String>,
    percentage: f64,
}

fn share(text: &str) -> Result<Share, String> {
    let (variant, number) = match text.rsplit_once('=') {
        Some((name, number)) => (Some(name.trim().to_owned()), number),
        None => (None, text),
    };
    match number.trim().parse() {
        Ok(percentage) => Ok(Share {
            variant,
            percentage,
        }),
        Err(_) => Err(format!(
            "`{number}` is no percentage: expected a number from 0 to 100"
        )),
    }
}

fn bucketing() -> impl TypedValueParser<Value = Bucketing> {
    PossibleValuesParser::new(["native", "gitlab-crc32", "gitlab-crc32-legacy"])
        .try_map(|name| name.parse::<Bucketing>())
}

impl SplitOptions {
    /// Adds the rollout to `builder`, and gives the variants.
    pub(crate) fn apply(
        &self,
        builder: ConfigBuilder,
    ) -> Result<(ConfigBuilder, Vec<Variant>), Unusable> {
        let variants: Vec<_> = self
            .variants
            .iter()
            .map(|name| Variant::from(name.trim().to_owned()))
            .collect();
        if variants.iter().all(Variant::is_control) {
            return Err(unusable(
                "--variants has only the control: name another variant",
            ));
        }
        let percent = self.percent()?.bucketing(self.bucketing);
        // Names and percentages are checked as those of a declared experiment are: names of
        // experiments come with the lines.
        let declaration = Declaration::new("any").variants(variants.clone());
        let check = Config::builder()
            .resolver(percent.clone())
            .declare(declaration)
            .build();
        if let Err(error) = check {
            return Err(unusable(&match error {
                ConfigError::InvalidVariant { variant, .. } => {
                    format!("--variants: `{variant}` cannot name a variant: use 1 to 255 bytes")
                }
                ConfigError::ControlNotFirst(_) => {
                    "--variants: `control` stands once and first, or is left out".to_owned()
                }
                ConfigError::DuplicateVariant { variant, .. } => {
                    format!("--variants: `{variant}` comes twice: keep one")
                }
                ConfigError::Resolver { problem, .. } => format!("--percent: {problem}"),
                other => other.to_string(),
            }));
        }
        Ok((builder.resolver(percent), variants))
    }

    fn percent(&self) -> Result<Percent, Unusable> {
        let Some(shares) = &self.percent else {
            return Ok(Percent::even());
        };
        let named: Vec<_> = shares
            .iter()
            .filter_map(|share| Some((share.variant.clone()?, share.percentage)))
            .collect();
        let percent = if named.is_empty() {
            Percent::new(shares.iter().map(|share| share.percentage))
        } else if named.len() == shares.len() {
            Percent::named(named)
        } else {
            return Err(unusable(
                "--percent has names and bare percentages: use one of the two",
            ));
        };
        percent.map_err(|problem: PercentError| unusable(&format!("--percent: {problem}")))
    }
}
