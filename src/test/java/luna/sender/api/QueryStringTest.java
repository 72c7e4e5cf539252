package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

final class QueryStringTest {
  @Test
  void valuesAreReturnedUndecoded() {
    QueryString query = QueryString.of("cities=New%20York,a%2Cb&gender=1&q=a+b%");
    assertThat(query.rawValues("cities")).containsExactly("New%20York,a%2Cb");
    assertThat(query.rawValues("gender")).containsExactly("1");
    assertThat(query.rawValues("q")).containsExactly("a+b%");
  }

  @Test
  void namesAreDecodedAndKeepTheirOrder() {
    QueryString query = QueryString.of("z=1&%61ges=2&a+b=3&%D1%8F=4&z=5");
    assertThat(query.names()).containsExactly("z", "ages", "a b", "я");
    assertThat(query.rawValues("ages")).containsExactly("2");
  }

  @Test
  void repeatedNameHasAllValuesHoweverItIsEncoded() {
    assertThat(QueryString.of("tags=a&x=1&t%61gs=b&tags=").rawValues("tags"))
        .containsExactly("a", "b", "");
  }

  @Test
  void namesAreCaseSensitive() {
    QueryString query = QueryString.of("Gender=1");
    assertThat(query.rawValues("gender")).isEmpty();
    assertThat(query.rawValues("Gender")).containsExactly("1");
  }

  @Test
  void undecodableNameIsKept() {
    QueryString query = QueryString.of("%zz=1&%FF=2&%=3");
    assertThat(query.names()).containsExactly("%zz", "%FF", "%");
    assertThat(query.rawValues("%FF")).containsExactly("2");
  }

  @Test
  void valueIsEverythingAfterTheFirstEqualsSign() {
    QueryString query = QueryString.of("a=b=c&d&=e&f=");
    assertThat(query.names()).containsExactly("a", "d", "", "f");
    assertThat(query.rawValues("a")).containsExactly("b=c");
    assertThat(query.rawValues("d")).containsExactly("");
    assertThat(query.rawValues("")).containsExactly("e");
    assertThat(query.rawValues("f")).containsExactly("");
  }

  @Test
  void onlyAmpersandsSeparate() {
    QueryString query = QueryString.of("&&a=1;b=2&&c=3&");
    assertThat(query.names()).containsExactly("a", "c");
    assertThat(query.rawValues("a")).containsExactly("1;b=2");
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(strings = {"&", "&&&"})
  void queryWithoutAPairHasNoNames(@Nullable String query) {
    assertThat(QueryString.of(query).names()).isEmpty();
    assertThat(QueryString.of(query).rawValues("a")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "a, a",
    "'', ''",
    "a+b, a b",
    "a%20b, a b",
    "a%2Bb, a+b",
    "a%2cb, 'a,b'",
    "5%25, 5%",
    "%2525, %25",
    "%41, A",
    "%C3%a9, é",
    "%F0%9F%98%80, 😀",
    "~!*(), ~!*()",
    "true, true",
  })
  void textIsDecodedOnce(String raw, String text) {
    assertThat(QueryString.decode(raw)).isEqualTo(text);
  }

  @Test
  void unencodedUtf8IsDecoded() {
    String bytes =
        new String("Москва 😀+".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    assertThat(QueryString.decode(bytes)).isEqualTo("Москва 😀 ");
  }

  @Test
  void controlCharactersAreDecoded() {
    assertThat(QueryString.decode("%00%0a%7F")).isEqualTo("\0\n\u007f");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%",
        "%4",
        "a%",
        "%zz",
        "%4g",
        "%-1",
        "%+1",
        "% 1",
        "%u0041",
        "%FF",
        "%80",
        "%C3",
        "%C3x",
        "%C3%28",
        "%C0%AF",
        "%E2%82",
        "%ED%A0%80",
        "%F4%90%80%80",
        "\u00e9",
        "%D0\u00ff"
      })
  void invalidPercentEncodingIsNotDecoded(String raw) {
    assertThat(QueryString.decode(raw)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"&", ";", "a&", "a=1&", ";a", "&;"})
  void queryHasAtMostFiveThousandParameters(String part) {
    int separators = part.replaceAll("[^&;]", "").length();
    assertThat(QueryString.hasTooManyParameters(part.repeat(4_999 / separators))).isFalse();
    assertThat(QueryString.hasTooManyParameters(part.repeat(5_000 / separators))).isTrue();
  }

  @Test
  void queryThatIsMissingOrEmptyHasFewParameters() {
    assertThat(QueryString.hasTooManyParameters(null)).isFalse();
    assertThat(QueryString.hasTooManyParameters("")).isFalse();
  }
}
