//! `meed watch`: the report of runs that go on, served to this machine's browsers.
//!
//! The server listens on the loopback interface alone and answers two addresses, `/` and `/content`; nothing of an address reaches the
//! file system. It answers only requests that call it by its own name: a page from elsewhere whose name leads here is refused.

use std::io::{Cursor, Write};
use std::net::Ipv4Addr;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use meed_train::report::{Page, runs_under};
use tiny_http::{Header, Method, Request, Response, Server};

use crate::args::Watch;
use crate::exit::{Exit, UsageError};

pub(crate) fn run(args: Watch) -> Result<Exit> {
    if let Some(missing) = args.dirs.iter().find(|dir| !dir.is_dir()) {
        return Err(UsageError(format!("{} is not a directory", missing.display())).into());
    }
    let server = Server::http((Ipv4Addr::LOCALHOST, args.port))
        .map_err(|error| anyhow!("127.0.0.1:{} can't be listened on: {error}", args.port))?;
    let port = server.server_addr().to_ip().map_or(args.port, |address| address.port());
    println!("http://127.0.0.1:{port}/");
    std::io::stdout().flush()?;
    eprintln!("watching; ctrl-c ends it");
    let mut page = Page::default();
    loop {
        let request = server.recv()?;
        let response = answer(&request, port, &args.dirs, &mut page);
        // A browser that has gone does not wait for its answer.
        let _ = request.respond(response);
    }
}

fn answer(request: &Request, port: u16, dirs: &[PathBuf], page: &mut Page) -> Response<Cursor<Vec<u8>>> {
    let host = request.headers().iter().find(|header| header.field.equiv("Host")).map(|header| header.value.as_str());
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    if !host.is_some_and(|host| own.iter().any(|own| own == host)) {
        return text(403, "This server answers to its own name only.\n");
    }
    if *request.method() != Method::Get {
        return text(405, "Only GET is answered.\n");
    }
    let runs = || runs_under(dirs);
    match request.url() {
        // The page itself is always there, so that it can show runs that begin later.
        "/" => html(page.live(&runs().unwrap_or_default())),
        "/content" => match runs() {
            Ok(runs) => html(page.content(&runs)),
            Err(error) => text(503, &format!("{error}\n")),
        },
        _ => text(404, "There is nothing here.\n"),
    }
}

fn html(body: String) -> Response<Cursor<Vec<u8>>> {
    respond(200, "text/html; charset=utf-8", body)
}

fn text(status: u16, body: &str) -> Response<Cursor<Vec<u8>>> {
    respond(status, "text/plain; charset=utf-8", body.to_owned())
}

fn respond(status: u16, kind: &str, body: String) -> Response<Cursor<Vec<u8>>> {
    let mut response = Response::from_data(body).with_status_code(status);
    let headers = [("Content-Type", kind), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")];
    for header in headers.iter().filter_map(|(name, value)| Header::from_bytes(*name, *value).ok()) {
        response.add_header(header);
    }
    response
}
