use std::env;

fn main() {
    napi_build::setup();
    // See `src/isolation.rs`.
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,--wrap=getenv,--wrap=getaddrinfo");
    }
}
