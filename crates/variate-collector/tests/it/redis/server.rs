//! Redis servers of a test's own, clusters of them, and what they are asked.

use std::time::{Duration, Instant};

#[path = "../../../../../tests/support/redis_asked.rs"]
mod asked;
#[path = "../../../../../tests/support/redis_process.rs"]
#[allow(dead_code, reason = "others use the rest")]
pub(crate) mod process;

pub(crate) use process::RedisProcess;

impl RedisProcess {
    /// Nodes of a cluster that share all slots, and know of it.
    pub(crate) fn start_cluster(nodes: u16) -> Vec<Self> {
        let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
        let cluster: Vec<Self> = (0..nodes).map(|_| Self::start_with(&options)).collect();
        for (index, node) in (0..).zip(&cluster) {
            let slots = |index: u32| (index * 16_384 / u32::from(nodes)).to_string();
            let last = (slots(index + 1).parse::<u32>().unwrap() - 1).to_string();
            node.ask::<()>(&["CLUSTER", "ADDSLOTSRANGE", &slots(index), &last]);
            let first = cluster[0].port().to_string();
            // The bus is on a port that may be taken or too high unless it is said.
            let bus = (cluster[0].port() + 10_000).to_string();
            node.ask::<()>(&["CLUSTER", "MEET", "127.0.0.1", &first, &bus]);
        }
        let start = Instant::now();
        let knows = |node: &Self| {
            let info: String = node.ask(&["CLUSTER", "INFO"]);
            let slots: redis::Value = node.ask(&["CLUSTER", "SLOTS"]);
            let redis::Value::Array(slots) = slots else {
                return false;
            };
            info.contains("cluster_state:ok") && slots.len() == usize::from(nodes)
        };
        while !cluster.iter().all(knows) {
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "the cluster does not come up"
            );
            std::thread::yield_now();
        }
        cluster
    }

    /// A field of its INFO.
    pub(crate) fn info(&self, section: &str, field: &str) -> Option<String> {
        let info: String = self.ask(&["INFO", section]);
        let start = format!("{field}:");
        let line = info.lines().find_map(|line| line.strip_prefix(&start));
        line.map(str::to_owned)
    }

    /// A field of its INFO that is a number.
    pub(crate) fn number(&self, section: &str, field: &str) -> u64 {
        self.info(section, field).unwrap().parse().unwrap()
    }
}
