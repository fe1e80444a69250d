use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use variate::{RedisStore, RedisStoreBuilder};

/// Hands on what a client and a server say to each other.
pub(super) struct Proxy {
    port: u16,
    /// How often the client waited for an answer.
    pub(super) turns: Arc<AtomicU64>,
    /// Connections that were opened before this many others have gone dead: they swallow everything.
    dead: Arc<AtomicU64>,
    opened: Arc<AtomicU64>,
}

impl Proxy {
    pub(super) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            turns: Arc::default(),
            dead: Arc::default(),
            opened: Arc::default(),
        };
        let (turns, dead) = (Arc::clone(&proxy.turns), Arc::clone(&proxy.dead));
        let opened = Arc::clone(&proxy.opened);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let number = opened.fetch_add(1, Ordering::SeqCst);
                let lives = {
                    let dead = Arc::clone(&dead);
                    move || number >= dead.load(Ordering::SeqCst)
                };
                let asking = Arc::new(AtomicBool::new(false));
                let (asked, turns) = (Arc::clone(&asking), Arc::clone(&turns));
                let both = (client.try_clone().unwrap(), server.try_clone().unwrap());
                pump(both.0, both.1, lives.clone(), move || {
                    if !asked.swap(true, Ordering::SeqCst) {
                        turns.fetch_add(1, Ordering::SeqCst);
                    }
                });
                pump(server, client, lives, move || {
                    asking.store(false, Ordering::SeqCst);
                });
            }
        });
        proxy
    }

    pub(super) fn store(&self) -> RedisStoreBuilder {
        RedisStore::builder(format!("redis://127.0.0.1:{}", self.port))
    }

    /// As when a firewall forgets about connections, or a server's machine is gone.
    pub(super) fn all_connections_go_dead(&self) {
        self.dead
            .store(self.opened.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

fn pump(
    mut from: TcpStream,
    mut to: TcpStream,
    lives: impl Fn() -> bool + Send + 'static,
    told: impl Fn() + Send + 'static,
) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            told();
            if lives() && to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
