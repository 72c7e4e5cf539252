package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StartParametersTest {
  /** Otherwise each client would need an entry of its own in the cache of queries. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|''",
        "gender=1|gender=1",
        "after=a|''",
        "after|''",
        "gender=1&after=a&gaps=1|gender=1&gaps=1",
        "last=3&gender=1|gender=1",
        "gender=1&since=2026-08-11T09:11:41Z|gender=1",
        "afterwards=1|afterwards=1",
        "sources=after=1|sources=after=1",
        "sources=a,last&sources=since|sources=a,last&sources=since",
        "a=1&after=1&after=2&b=2|a=1&b=2",
        "&after=1&|''",
      })
  void onlyTheStartIsRemovedFromAQuery(String query, String rest) {
    assertThat(StartParameters.without(query)).isEqualTo(rest);
  }
}
