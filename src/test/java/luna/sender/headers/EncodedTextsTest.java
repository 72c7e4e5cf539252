package luna.sender.headers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EncodedTextsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a: 'b c' (expected: d=1?)|a: 'b c' (expected: d=1?)",
        "a,b|a%2Cb",
        "50%20|50%2520",
        "a+b|a%2Bb",
        "\"a\\|%22a%5C",
        "` a `|%20a%20",
        "Köln|K%C3%B6ln",
        "👁|%F0%9F%91%81",
      })
  void onlyWhatMustBeIsEncoded(String text, String encoded) {
    assertThat(EncodedTexts.encode(List.of(text), 100)).isEqualTo(encoded);
    assertThat(EncodedTexts.decode(encoded)).containsExactly(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\r\nX-Evil: 1", "a\u0000", "a\u010d\u010a", "a, b: c (d)", "\ta", "a\u007f"})
  void textNeitherBreaksTheHeaderNorLooksLikeTwo(String text) {
    String header = EncodedTexts.encode(List.of(text, "b"), 100);
    assertThat(header.chars()).allMatch(c -> c >= ' ' && c <= '~');
    assertThat(EncodedTexts.decode(header)).containsExactly(text, "b");
  }

  @Test
  void textsThatDoNotFitAreOmitted() {
    List<String> texts = List.of("aaaa", "b".repeat(20), "ö", "cc");
    assertThat(EncodedTexts.encode(texts, 14)).isEqualTo("aaaa, %C3%B6");
    assertThat(EncodedTexts.encode(texts, 16)).isEqualTo("aaaa, %C3%B6, cc");
    assertThat(EncodedTexts.encode(List.of("a".repeat(17)), 16)).isEmpty();
    assertThat(EncodedTexts.encode(List.of(), 16)).isEmpty();
    assertThat(EncodedTexts.decode("")).isEmpty();
  }

  @Test
  void whatIsNotEncodedStaysAsItIs() {
    assertThat(EncodedTexts.decode("100%, %zz,a")).containsExactly("100%", "%zz", "a");
  }
}
