use std::env;

#[expect(clippy::disallowed_methods, reason = "a build script is told by its environment")]
fn main() {
    napi_build::setup();
    // See `src/isolation.rs`. With one dash: GNU ld and LLD take one or two, zig only one.
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-wrap=getenv,-wrap=getaddrinfo");
    }
}
