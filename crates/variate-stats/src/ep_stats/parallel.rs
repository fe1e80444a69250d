use std::sync::OnceLock;
use std::thread;

/// How many threads may work on one evaluation.
const MOST: usize = 16;

/// How many cores there are, asked once.
pub(crate) fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST)))
}

/// Works on the items in as many parts as there are cores, but none of fewer than `grain`: a thread has its price. The results
/// come in the order of the items.
pub(crate) fn in_parts<T: Sync, R: Send>(
    items: &[T],
    grain: usize,
    work: impl Fn(&[T]) -> R + Sync,
) -> Vec<R> {
    let parts = cores().min(items.len() / grain.max(1)).max(1);
    if parts == 1 {
        return vec![work(items)];
    }
    let mut parts = items.chunks(items.len().div_ceil(parts));
    let own = parts.next().unwrap_or_default();
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = parts
            .map(|part| {
                let other = thread::Builder::new().spawn_scoped(scope, move || work(part));
                (part, other)
            })
            .collect();
        let mut results = vec![work(own)];
        results.extend(others.into_iter().map(|(part, other)| {
            match other {
                Ok(other) => other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                // No thread to be had: then it takes longer.
                Err(_) => work(part),
            }
        }));
        results
    })
}

#[cfg(test)]
mod tests {
    use super::in_parts;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        for grain in [1, 10, 2000] {
            let parts = in_parts(&items, grain, <[usize]>::to_vec);
            assert_eq!(parts.concat(), items, "{grain}");
        }
        assert_eq!(in_parts(&[], 1, <[usize]>::to_vec), [Vec::<usize>::new()]);
    }
}
