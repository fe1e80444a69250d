//! The command line.

use std::error::Error;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use variate::Variant;

use crate::answer::{Answers, Question};
use crate::api_key::ApiKeyArguments;
use crate::catalogue_options::CatalogueOptions;
use crate::check::CheckArguments;
use crate::configure::ConfigureArguments;
use crate::deploy::DeployArguments;
use crate::deploy::settings::SettingsError;
use crate::evaluate::{EvaluateArguments, EvaluateError};
use crate::experiment_report::ReportArguments;
use crate::key_options::KeyOptions;
use crate::power::PowerArguments;
use crate::preflight::PreflightArguments;
use crate::replay::{Prepared, ReplayArguments};
use crate::report::Report;
use crate::sample_size::SampleSizeArguments;
use crate::serve::ServeArguments;
use crate::simulate::SimulateArguments;
use crate::split_options::SplitOptions;
use crate::stale::StaleArguments;
use crate::store_commands::StoreArguments;

/// Experiments of the variate library: keys, assignments and explanations, catalogues, evaluations, and the collector that counts
/// events.
///
/// `key`, `assign` and `explain` are for checking other languages against variate and for support questions: JSON lines in, JSON
/// lines out, and nothing is tracked. `serve` starts the collector.
#[derive(Debug, Parser)]
#[command(name = "variate", version, after_long_help = INPUT)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const INPUT: &str = r"Each line of the input is an object:
  experiment     the experiment's name
  context        what identifies the unit: an object; {} where it is left out
  migrated_from  former contexts: an object or a list of them
  migrated_with  former entries, laid over the context: an object or a list of them
  sticky_to      a value that stands in for the context
  variant        a variant to pin, as code does (assign and explain only); an unknown one is no bad line:
                 it gives the control, with the reason unknown_variant

The order of entries is kept; a field that is null is left out. Numbers with a fraction or an exponent
are floats, others are integers: exact up to 128 bits, and the text of their digits beyond (which the
GitLab schemes quote inside lists and maps, unlike Ruby's own integers). Strings are texts and never
Ruby symbols; a global id is its text, gid://app/Model/id. Migration keys come in the order
of the lists, those of migrated_from first.

Blank lines are skipped. A bad line is told on the standard error output with its number, the others are
answered all the same, and the exit code is 2. It is 1 where the input cannot be read.";

#[derive(Debug, Subcommand)]
enum Command {
    /// The experience key and the migration keys of each line
    #[command(after_long_help = KEY_EXAMPLES)]
    Key(KeyArguments),
    /// The key, the variant and the reason of each line
    #[command(after_long_help = ASSIGN_EXAMPLES)]
    Assign(AssignArguments),
    /// How the assignment of each line comes about, step by step
    #[command(after_long_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArguments),
    /// Whether catalogues of experiments can be used, and what looks wrong in them
    #[command(after_long_help = CHECK_EXAMPLES)]
    Check(CheckArguments),
    /// The JSON Schema of catalogues
    Schema,
    /// Experiments that code and catalogues do not agree on
    #[command(after_long_help = STALE_EXAMPLES)]
    Stale(StaleArguments),
    /// Templates that make the collector a function of AWS Lambda; with --run, deploy it
    #[command(after_long_help = DEPLOY_EXAMPLES)]
    Deploy(DeployArguments),
    /// Whether a deployment can succeed, and what is to be done where it cannot
    Preflight(PreflightArguments),
    /// Edit the settings of deployments with VISUAL or EDITOR
    Configure(ConfigureArguments),
    /// The collector: takes events over HTTP and tells what they come to
    #[command(after_long_help = SERVE_EXAMPLES)]
    Serve(Box<ServeArguments>),
    /// What an experiment came to: metrics and checks from goals, as Ep-Stats takes them
    #[command(after_long_help = crate::evaluate::EXAMPLES)]
    Evaluate(Box<EvaluateArguments>),
    /// What an experiment says so far: effects, the split, what to do; as a table, JSON or a page
    #[command(after_long_help = crate::experiment_report::EXAMPLES)]
    Report(Box<ReportArguments>),
    /// What experiments are going to be like: the split, independence, false alarms, power and duration, before they are launched
    #[command(after_long_help = crate::simulate::EXAMPLES)]
    Simulate(Box<SimulateArguments>),
    /// How many units an experiment needs to find an effect
    #[command(after_long_help = crate::sample_size::EXAMPLES)]
    SampleSize(SampleSizeArguments),
    /// What an experiment can show, how many units it needs and how long they take to come
    #[command(after_long_help = crate::power::EXAMPLES)]
    Power(PowerArguments),
    /// A new key for the collector, and the line for its file of keys
    #[command(after_long_help = API_KEY_EXAMPLES)]
    ApiKey(ApiKeyArguments),
    /// An access log as events, printed or posted to a collector
    #[command(after_long_help = REPLAY_EXAMPLES)]
    Replay(Box<ReplayArguments>),
    /// The directory of a collector: verify, export, import, back up
    #[command(after_long_help = crate::store_commands::EXAMPLES)]
    Store(Box<StoreArguments>),
}

const DEPLOY_EXAMPLES: &str = r"Examples:
  variate configure
  variate preflight
  variate deploy --out infrastructure --template terraform
  variate deploy --run --dry-run
  variate deploy --run

The function is `variate` itself, built for Linux on arm64 with the feature `lambda`; its store is Redis or Valkey. Templates
refer to secrets by name and never have them in them.

The exit code is 0 where all is well and 1 where it is not; 2 where the options are wrong.";

const SERVE_EXAMPLES: &str = r"Examples:
  variate serve
  variate serve --listen 0.0.0.0:8080 --api-key-file /etc/variate/api-keys --allow-origin https://shop.example

Without options it listens on this machine only, keeps what it counts in the user's data directory, and makes a key there
the first time.

--store redis://HOST:PORT takes Redis or Valkey, also as valkey://; rediss:// and valkeys:// encrypt. Behind a `?`, with `&`
between them, there may be

  shards=NUMBER    over how many slots an experiment is spread: 16 on a cluster, otherwise 1; with more than one, an id that comes
                   again with another unit may count again
  prefix=NAME      what all keys begin with
  cluster          the server is one of a cluster; cluster=false is the same as without
  node=HOST:PORT   another one of it to begin with; may be given several times

The environment variable VARIATE_STORE_SECRET has the 32 hexadecimal digits with which ids are hashed there, if the store is
not to make its own.

Experiments are evaluated from these tallies (POST /v1/evaluate), or from the database that --goals-sql names where there are
none: --query is a file with a query as `variate evaluate` takes it.

GET /v1/experiments/NAME/evaluation and `variate report` tell what an experiment says. --catalogue names the files that declare metrics,
shares and plans of the experiments in the namespace of --namespace; they are read again when they change, and stay as they were where the
new ones cannot be used. Ratios of two actions are counted from the first events on that come after they are declared.

It prints its address and what to paste into a page and into a Rust program.

Whoever can reach it may send events to any namespace that no key with the role write is for. On the open network, name those
that are meant with --namespaces: else anybody can make new ones until there are as many as there may be. GET /v1/namespaces
lists them, DELETE /v1/experiments/NAME?namespace=NAME forgets what is in them.

The file of keys is read again when it changes: new keys are known a second or two later, and those taken out no more.

An environment variable that is empty is not set; what is only on or off is 1, true, yes or on, or 0, false, no or off.

SIGTERM and SIGINT end it: requests that were begun are answered within --end-timeout, and what was taken is written.

The exit code is 0 after such an end, 1 where it cannot listen, and 2 where the options are wrong.";

const API_KEY_EXAMPLES: &str = r"Examples:
  variate api-key
  variate api-key --role read --namespace shop --file api-keys

The key goes into the header X-Api-Key, or behind `Bearer ` into Authorization. The file needs only its hash.";

const REPLAY_EXAMPLES: &str = r#"Examples:
  variate replay --rules rules.toml --dry-run access.log
  variate replay --rules rules.toml access.log.1.gz access.log > events.jsonl
  variate replay --rules rules.toml --to http://127.0.0.1:8080 access.log.1.gz access.log

The rules:
  namespace = "shop"

  [[experiment]]
  name = "pill_color"
  # Where a line names the variant: { query = "parameter" }, { path = 'regex with a (group)' }, { referer = '..' },
  # { line = '..' }, { field = "ip" } (or "user", "user_agent"), or a list of them, of which the first found counts.
  variant = { query = "pill" }
  variants = { r = "red", b = "blue" }        # what the log calls them; without it, names are taken as they are
  # Who: a text as it stands there (unit = { query = "visitor" }), or what a key is made of, by --scheme.
  context = { ip = { field = "ip" }, user_agent = { field = "user_agent" } }
  exposure = { path = '^/pills' }             # of the lines that name a variant; all without it
  status = ["2xx", "304"]                     # 200-399 without it

  [[experiment.action]]
  name = "bought"
  path = '^/thanks$'
  method = "GET"
  value = { query = "total" }

An action whose line names no variant has that of the unit's exposure before. Robots are left out unless the rules say
bots = true. An event's id follows from the line and its place, so a log counts once however often it is replayed: replay
whole files, not pieces of them.

The exit code is 0 where all is well, 2 where a line was bad or the options or rules are wrong, and 1 where something cannot be read,
written or posted."#;

const CHECK_EXAMPLES: &str = r"Examples:
  variate check catalogue.toml
  variate check --deny-warnings --key-scheme keyed catalogue.toml

Errors keep a program from starting with the catalogue; warnings are about experiments that have ended, are past
due, have no owner, have variants that nobody gets, splits that go along with each other, layers and
holdouts without use.

The exit code is 0 where all is well, 1 where there is an error (with --deny-warnings: or a warning), and 2 where the
options are wrong.";

const STALE_EXAMPLES: &str = r#"Examples:
  variate stale --catalogue catalogue.toml src

Finds experiment("name", ..), .experiment("name", ..), Declaration::new("name") and the derive's
#[experiment(name = "name")] in Rust sources, macros included; a name may be a constant. Names that are only known when
the program runs are listed and do not count.

The exit code is 0 where code and catalogues agree, 1 where they do not, and 2 where the options are wrong or
something cannot be read."#;

const KEY_EXAMPLES: &str = r#"Examples:
  echo '{"experiment":"pill","context":{"user_id":42},"migrated_from":[{"cookie":"abc"}]}' | variate key
  {"key":"10ef0ded7137fc31695115082c9699f8","migration_keys":["faadffc46adbdd3b72a13fde2cc656a7"]}

  variate key --scheme gitlab-v2 --bits 512 --prefix shop lines.jsonl
  VARIATE_SECRET="$(cat secret)" variate key --scheme keyed lines.jsonl

`variate --help` describes the lines."#;

const ASSIGN_EXAMPLES: &str = r#"Examples:
  echo '{"experiment":"pill","context":{"user_id":42}}' |
    variate assign --variants control,red,blue --percent 50,25,25
  {"key":"10ef0ded7137fc31695115082c9699f8","variant":"control","reason":"resolved"}

  variate assign --variants red,blue --percent control=50,red=25,blue=25 lines.jsonl
  variate assign --scheme gitlab-v2 --bucketing gitlab-crc32 lines.jsonl

`variate --help` describes the lines."#;

const EXPLAIN_EXAMPLES: &str = r#"Examples:
  echo '{"experiment":"pill","context":{"user_id":42}}' | variate explain
  variate explain --json --variants control,red,blue lines.jsonl

`variate --help` describes the lines."#;

#[derive(Debug, Args)]
struct KeyArguments {
    #[command(flatten)]
    keys: KeyOptions,
    #[command(flatten)]
    input: Input,
}

#[derive(Debug, Args)]
struct AssignArguments {
    #[command(flatten)]
    keys: KeyOptions,
    #[command(flatten)]
    split: SplitOptions,
    #[command(flatten)]
    catalogues: CatalogueOptions,
    #[command(flatten)]
    input: Input,
}

#[derive(Debug, Args)]
struct ExplainArguments {
    #[command(flatten)]
    keys: KeyOptions,
    #[command(flatten)]
    split: SplitOptions,
    #[command(flatten)]
    catalogues: CatalogueOptions,
    /// One JSON object a line instead of a text for people
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: Input,
}

#[derive(Debug, Args)]
struct Input {
    /// The file with the lines; the standard input if left out or `-`
    file: Option<PathBuf>,
}

/// Options that cannot be used, or not together.
pub(crate) type Unusable = (ErrorKind, String);

/// What is to be done.
pub(crate) enum Work {
    /// Answer the lines of a file, or of the standard input.
    Lines(Option<PathBuf>, Answers),
    Report(Report),
    /// An answer, good or not.
    Answer(Report),
    Unanswered(EvaluateError),
    Serve(Box<ServeArguments>),
    Replay(Prepared),
    /// All is done already; an error where it did not work.
    Done(Result<(), Box<dyn Error>>),
    Store(Box<StoreArguments>),
    Failed(Box<dyn Error>),
}

impl Work {
    fn failed(error: impl Error + 'static) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl Arguments {
    /// What is to be done, with the options read.
    pub(crate) fn work(&self) -> Result<Work, clap::Error> {
        let (name, question, keys, split, input) = match &self.command {
            Command::Key(of) => ("key", Question::Key, &of.keys, None, &of.input),
            Command::Assign(of) => {
                let split = Some((&of.split, &of.catalogues));
                ("assign", Question::Assignment, &of.keys, split, &of.input)
            }
            Command::Explain(of) => {
                let question = if of.json {
                    Question::ExplanationAsJson
                } else {
                    Question::ExplanationForPeople
                };
                let split = Some((&of.split, &of.catalogues));
                ("explain", question, &of.keys, split, &of.input)
            }
            Command::Check(of) => return Ok(Work::Report(of.report())),
            Command::Schema => {
                let (text, is_good) = (variate::Catalogue::SCHEMA.to_owned(), true);
                return Ok(Work::Report(Report { text, is_good }));
            }
            Command::Replay(of) => {
                let prepared = of.prepare();
                let prepared = prepared.map_err(|error| Self::unusable("replay", error));
                return prepared.map(Work::Replay);
            }
            Command::Stale(of) => {
                return Ok(of.report().map_or_else(Work::failed, Work::Report));
            }
            Command::Serve(of) => return Ok(Work::Serve(of.clone())),
            Command::Store(of) => return Ok(Work::Store(of.clone())),
            Command::Evaluate(of) => {
                return Ok(of.report().map_or_else(Work::Unanswered, Work::Answer));
            }
            Command::Report(of) => {
                return Ok(of.report().map_or_else(Work::Unanswered, Work::Answer));
            }
            Command::Simulate(of) => {
                let simulated = of.report();
                let simulated = simulated.map_err(|error| Self::unusable("simulate", error))?;
                return Ok(simulated.map_or_else(Work::Unanswered, Work::Report));
            }
            Command::SampleSize(of) => {
                return Ok(of.report().map_or_else(Work::Unanswered, Work::Answer));
            }
            Command::Power(of) => {
                return Ok(of.report().map_or_else(Work::Unanswered, Work::Answer));
            }
            Command::ApiKey(of) => {
                return Ok(of.report().map_or_else(Work::failed, Work::Report));
            }
            Command::Deploy(of) => return Ok(Work::Done(of.run().map_err(Into::into))),
            Command::Preflight(of) => {
                let failed = |error: SettingsError| Work::Done(Err(error.into()));
                return Ok(of.report().map_or_else(failed, Work::Report));
            }
            Command::Configure(of) => return Ok(Work::Done(of.run().map_err(Into::into))),
        };
        let answers = || {
            let builder = keys.builder()?;
            let (builder, variants) = match split {
                Some((split, catalogues)) => {
                    let (builder, variants) = split.apply(builder)?;
                    (
                        catalogues.apply(builder, || keys.keyed_if_secret())?,
                        variants,
                    )
                }
                None => (builder, vec![Variant::control()]),
            };
            let config = builder.build().map_err(|error| unusable(&error))?;
            Ok(Answers::new(question, config, variants))
        };
        let answers = answers().map_err(|error| Self::unusable(name, error))?;
        let file = input.file.clone().filter(|path| path != Path::new("-"));
        Ok(Work::Lines(file, answers))
    }

    fn unusable(name: &str, (kind, message): Unusable) -> clap::Error {
        let mut root = Self::command();
        root.build();
        match root.find_subcommand_mut(name) {
            Some(command) => command.error(kind, message),
            None => root.error(kind, message),
        }
    }
}

pub(crate) fn conflict(message: &str) -> Unusable {
    (ErrorKind::ArgumentConflict, message.to_owned())
}

pub(crate) fn unusable(problem: &(impl Display + ?Sized)) -> Unusable {
    (ErrorKind::ValueValidation, problem.to_string())
}
