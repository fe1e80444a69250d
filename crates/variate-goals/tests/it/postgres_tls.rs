//! Encrypted connections, and those that must not be plain.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use variate_goals::{GoalsError, PostgresGoals};
use variate_stats::ep_stats::{Experiment, GoalSource, Metric};

use crate::postgres_server::{Server, certificate};

/// Counts 1 where the connection is encrypted.
const QUERY: &str = "
    SELECT 'a' AS exp_variant_id, 'user' AS unit_type, 'global' AS agg_type, 'exposure' AS goal, ssl::int AS count
    FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// How the query of this source was sent, or what went wrong.
fn asked(address: &str) -> Result<&'static str, String> {
    let goals = PostgresGoals::new(address, QUERY).map_err(|error| error.to_string())?;
    let metric = Metric::new(
        1,
        "x",
        "count(user.unit.purchase)",
        "count(user.global.exposure)",
    );
    let experiment = Experiment::new("checkout", "a", "user").metric(metric);
    let rows = goals
        .aggregated(&experiment)
        .map_err(|error| error.to_string())?;
    Ok(if rows[0].count == 1.0 {
        "encrypted"
    } else {
        "plain"
    })
}

#[test]
fn the_address_says_whether_a_connection_is_encrypted() {
    let server = Server::start_with_tls();
    let (url, certificate) = (server.url(), server.certificate());
    let certificate = certificate.to_str().unwrap();
    for mode in ["require", "verify-ca", "verify-full"] {
        let address = format!("{url}?sslmode={mode}&sslrootcert={certificate}");
        assert_eq!(asked(&address).as_deref(), Ok("encrypted"), "{mode}");
    }
    let port = url.split([':', '/']).rev().nth(1).unwrap();
    let settings = format!(
        "host=127.0.0.1 port={port} user = variate sslmode = verify-full dbname='postgres' sslrootcert='{certificate}'"
    );
    assert_eq!(asked(&settings).as_deref(), Ok("encrypted"));
    for plain in ["", "?sslmode=prefer", "?sslmode=disable"] {
        let address = format!("{url}{plain}");
        assert_eq!(asked(&address).as_deref(), Ok("plain"), "{plain}");
    }
}

#[test]
fn a_server_that_cannot_be_verified_is_refused() {
    let server = Server::start_with_tls();
    let url = server.url();
    let own = server.certificate();
    let of_another = tempfile::tempdir().unwrap();
    let (other, _) = certificate(of_another.path());
    for mode in ["require", "verify-full"] {
        let told = asked(&format!(
            "{url}?sslmode={mode}&sslrootcert={}",
            other.display()
        ))
        .unwrap_err();
        assert!(
            told.contains(
                "invalid peer certificate: UnknownIssuer (none that is trusted: `sslrootcert="
            ),
            "{told}"
        );
        let elsewhere = url.replace("@127.0.0.1", "@warehouse.example");
        let told = asked(&format!(
            "{elsewhere}?hostaddr=127.0.0.1&sslmode={mode}&sslrootcert={}",
            own.display()
        ))
        .unwrap_err();
        assert!(
            told.contains("certificate not valid for name \"warehouse.example\""),
            "{told}"
        );
    }
}

/// What a server without TLS gets to read, by an address with the port as `PORT`.
fn sent(address: &str) -> (Vec<u8>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = vec![0; 8];
        stream.read_exact(&mut bytes).unwrap();
        if bytes == SSL_REQUEST {
            stream.write_all(b"N").unwrap();
            stream.read_to_end(&mut bytes).unwrap();
        }
        bytes
    });
    let told = asked(&address.replace("PORT", &port)).unwrap_err();
    (server.join().unwrap(), told)
}

/// A message of 8 bytes, and what it asks for.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

#[test]
fn whoever_asks_for_tls_never_sends_anything_in_plain() {
    let directory = tempfile::tempdir().unwrap();
    // A name that needs to be quoted.
    let place = directory.path().join("of a@b");
    std::fs::create_dir(&place).unwrap();
    let (path, _) = certificate(&place);
    let path = path.to_str().unwrap();
    let encoded = path.replace(' ', "%20").replace('@', "%40");
    let encrypted = [
        format!("postgresql://u:secret@127.0.0.1:PORT/x?sslmode=require&sslrootcert={encoded}"),
        format!(
            "postgres://127.0.0.1:PORT/x?user=u&sslrootcert={encoded}&sslmode=verify-full&connect_timeout=9"
        ),
        format!("postgresql://127.0.0.1:PORT?user=u&sslmode=verify%2Dca&sslrootcert={path}"),
        format!(
            "postgresql://u:a?sslmode=disable@127.0.0.1:PORT/x?sslrootcert={encoded}&sslmode=verify-full"
        ),
        format!(
            "postgresql://u@127.0.0.1:PORT/x?sslmode=disable&sslmode=require&sslrootcert={encoded}"
        ),
        format!("postgresql://u@127.0.0.1:PORT/x?%73slmode=require&sslrootcert={encoded}"),
        format!("host=127.0.0.1 port=PORT user=u sslmode=verify-full sslrootcert='{path}'"),
        format!(
            "sslrootcert = '{path}'  sslmode = 'require' password='a \\' sslmode=disable' user=u host=127.0.0.1 port=PORT"
        ),
    ];
    for address in encrypted {
        let (bytes, told) = sent(&address);
        assert_eq!(bytes, SSL_REQUEST, "{address}");
        assert!(
            told.contains("server does not support TLS"),
            "{address}: {told}"
        );
    }
    for plain in [
        "postgresql://u:?sslmode=verify-full&@127.0.0.1:PORT/x",
        "postgresql://u@127.0.0.1:PORT/x?sslmode=verify-full&sslmode=disable",
        "host=127.0.0.1 port=PORT user=u password='a sslmode=verify-full'",
    ] {
        assert_ne!(sent(plain).0, SSL_REQUEST, "{plain}");
    }
}

#[test]
fn an_address_that_cannot_be_encrypted_as_it_says_is_refused_at_once() {
    let refused = |address: &str| PostgresGoals::new(address, "SELECT 1").unwrap_err();
    let error = refused("postgresql://u@host/x?sslmode=verify-full&sslrootcert=/nowhere.pem");
    assert!(matches!(error, GoalsError::Certificates(_)), "{error}");
    assert!(error.to_string().contains("/nowhere.pem: "), "{error}");
    let directory = tempfile::tempdir().unwrap();
    let empty = directory.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let error = refused(&format!(
        "host=host sslmode=require sslrootcert={}",
        empty.display()
    ));
    assert!(
        error.to_string().contains("there is none in ") && error.to_string().contains("empty.pem"),
        "{error}"
    );
    for (address, option) in [
        ("postgresql://host/x?sslrootcert=system", "sslrootcert"),
        ("host=host sslmode=prefer sslrootcert=/a.pem", "sslrootcert"),
        ("host=host sslnegotiation=direct", "sslnegotiation"),
    ] {
        let told = refused(address).to_string();
        let wanted = format!("`{option}` is for encrypted connections: add `sslmode=verify-full`");
        assert!(told.contains(&wanted), "{told}");
    }
    assert!(
        refused("host=host sslmode=verify")
            .to_string()
            .contains("sslmode")
    );
}
