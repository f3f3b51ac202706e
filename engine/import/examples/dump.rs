fn main(){ let t=std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap(); for l in viva_import::dump(&t){println!("{l}");} }
