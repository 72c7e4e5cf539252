package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class JsonScannerTest {
  @Test
  void consecutiveArraysDoNotAddUpInDepth() throws Exception {
    String arrays = "[" + "[1],".repeat(2 * JsonScanner.MAX_DEPTH) + "[1]]";
    JsonScanner in = new JsonScanner(arrays.getBytes(StandardCharsets.US_ASCII));
    assertThat(in.enterArray()).isTrue();
    while (in.nextElement()) {
      assertThat(in.enterArray()).isTrue();
      while (in.nextElement()) {
        assertThat(in.number()).isEqualTo(1);
      }
    }
    in.expectEnd();
  }

  /** Skipped arrays of numbers have a path of their own. */
  @Test
  void eachShortSequenceOfTokensIsSkippedExactlyIfItIsJson() {
    List<String> tokens = List.of("[", "]", ",", "1", "-0", "01", "{\"a\":", "}");
    ObjectReader json = new ObjectMapper().reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    int length = 5;
    int valid = 0;
    for (int n = 0; n < Math.pow(tokens.size(), length); n++) {
      StringBuilder text = new StringBuilder("[[");
      for (int i = 0, rest = n; i < length; i++, rest /= tokens.size()) {
        text.append(tokens.get(rest % tokens.size()));
      }
      for (String end : List.of("", "]", "]]", "}]]")) {
        String document = text + end;
        boolean expected = isJson(json, document);
        assertThat(isSkipped(document)).as(document).isEqualTo(expected);
        valid += expected ? 1 : 0;
      }
    }
    assertThat(valid).isGreaterThan(100);
  }

  private static boolean isJson(ObjectReader json, String document) {
    try {
      return json.readTree(document) != null;
    } catch (JsonProcessingException malformed) {
      return false;
    }
  }

  private static boolean isSkipped(String document) {
    JsonScanner in = new JsonScanner(document.getBytes(StandardCharsets.US_ASCII));
    try {
      in.skip();
      in.expectEnd();
      return true;
    } catch (MalformedPayloadException malformed) {
      return false;
    }
  }
}
