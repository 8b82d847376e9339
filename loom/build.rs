fn main() {
    println!("cargo::rerun-if-changed=../src/ring.rs");
    println!("cargo::rustc-cfg=loom");
}
