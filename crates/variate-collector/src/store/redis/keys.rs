/// The hash tag of the directory.
pub(super) const DIRECTORY: &str = "{directory}";

/// Where things are in Redis.
///
/// The directory is in one slot of a cluster, each shard of an experiment in one of its own.
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) const fn new(prefix: String) -> Self {
        Self { prefix }
    }

    fn directory(&self, end: &str) -> String {
        format!("{}:{DIRECTORY}:{end}", self.prefix)
    }

    /// The set of namespaces.
    pub(super) fn namespaces(&self) -> String {
        self.directory("namespaces")
    }

    /// A namespace's hash of experiments.
    pub(super) fn experiments(&self, namespace: &str) -> String {
        self.directory(&format!("experiments:{namespace}"))
    }

    /// Of which namespace a key has the experiments, if it is such a one.
    pub(super) fn namespace_of<'k>(&self, key: &'k str) -> Option<&'k str> {
        key.strip_prefix(&*self.experiments(""))
    }

    /// The hash of what is to be removed.
    pub(super) fn garbage(&self) -> String {
        self.directory("garbage")
    }

    /// The number that was given last.
    pub(super) fn number(&self) -> String {
        self.directory("number")
    }

    /// The main key of a shard that was there before this directory was.
    pub(super) fn former(&self) -> String {
        self.directory("former")
    }

    /// The secret that ids are hashed with.
    pub(super) fn secret(&self) -> String {
        self.directory("secret")
    }

    /// Which store this is.
    pub(super) fn mark(&self) -> String {
        self.directory("mark")
    }

    /// The format of all this.
    pub(super) fn format(&self) -> String {
        self.directory("format")
    }

    /// The main key of a shard. There are many keys that begin as it does, so it is short.
    pub(super) fn shard(&self, number: u64, shard: u32) -> String {
        format!("{}{{{number}.{shard}}}m", self.prefix)
    }

    /// Whether a key is a main key of a shard.
    pub(super) fn is_shard(&self, key: &str) -> bool {
        let place = key
            .strip_prefix(&*self.prefix)
            .and_then(|rest| rest.strip_prefix('{')?.strip_suffix("}m")?.split_once('.'));
        let is_number = |text: &str| text.parse::<u64>().is_ok();
        place.is_some_and(|(number, shard)| is_number(number) && is_number(shard))
    }

    /// What all keys look like, for `SCAN`.
    pub(super) fn pattern(&self) -> String {
        let mut pattern = String::new();
        for letter in self.prefix.chars() {
            if "*?[]^-\\".contains(letter) {
                pattern.push('\\');
            }
            pattern.push(letter);
        }
        pattern + "*{*}*"
    }

    /// The shard's rows.
    pub(super) fn rows(&self, number: u64, shard: u32) -> String {
        format!("{}{{{number}.{shard}}}r", self.prefix)
    }
}
