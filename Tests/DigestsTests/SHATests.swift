import Digests
import Testing

@Test func sha256OfAbcIsTheFIPSVector() {
  #expect(
    hexadecimal(sha256("abc"))
      == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
}

@Test func sha512OfAbcIsTheFIPSVector() {
  #expect(
    hexadecimal(sha512("abc")).hasPrefix("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"))
}
