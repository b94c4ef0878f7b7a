use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

fn main() {
    let listener = TcpListener::bind("0.0.0.0:7878").expect("port");
    println!("serving pages/ on 7878");
    for stream in listener.incoming() {
        let mut stream = stream.expect("connection");
        let mut request = [0u8; 1024];
        let length = stream.read(&mut request).unwrap_or(0);
        let text = String::from_utf8_lossy(&request[..length]).to_string();
        let found = text.starts_with("GET / ");
        let (status, file) = if found { ("200 OK", "pages/hello.html") } else { ("404 NOT FOUND", "pages/missing.html") };
        let body = fs::read_to_string(file).expect("page");
        let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n{body}", body.len());
    }
}
