package luna.sender.cli.tail;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import org.junit.jupiter.api.Test;

final class HandshakeWarningsTest {
  @Test
  void eachWarningOfTheServerIsALine() {
    MultiMap headers =
        MultiMap.caseInsensitiveMultiMap()
            .add("luna-ignored-parameters", "gendr,colour,a%2Cb+c")
            .add(
                "luna-filter-warnings",
                "gendr: unknown (did you mean gender?), cities: 'K%C3%B6ln%2C%0A' (expected: no blank)");
    assertThat(HandshakeWarnings.of(headers))
        .containsExactly(
            "warning: the server ignores unknown parameters: gendr, colour, a,b c",
            "warning: gendr: unknown (did you mean gender?)",
            "warning: cities: 'Köln,\\n' (expected: no blank)");
  }

  @Test
  void withoutTheHeadersThereIsNoLine() {
    assertThat(HandshakeWarnings.of(MultiMap.caseInsensitiveMultiMap())).isEmpty();
  }
}
