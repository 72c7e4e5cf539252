package luna.sender.contract;

import static luna.sender.testing.TestEvents.payload;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import luna.sender.event.Event;
import luna.sender.event.ParsedEvents;
import luna.sender.filter.FilterContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the overlays in {@code conf/overlays} on events of their kind. */
final class ShippedOverlaysTest {
  private static final Path FOLDER = Path.of("conf", "overlays");
  private static final String STREAM = "{\"stream_id\":\"8950722F-3fd4-4223-b48f-03f95f0e8dfb\"}";
  private static final String PERSON =
      "{\"aggregate_estimations\":{\"body\":{\"attributes\":{"
          + "\"basic_attributes\":{\"apparent_gender\":1,\"apparent_age\":33.5},"
          + "\"upper_body\":{\"headwear\":{\"state\":1}},"
          + "\"accessories\":{\"backpack\":{\"state\":0}}}}}}";
  private static final String ORDER =
      "{\"order\":{\"customer_country\":\"DE\",\"status\":\"paid\",\"total\":149.5,"
          + "\"items\":[{\"sku\":\"TEA-250\",\"quantity\":24},{\"sku\":\"MUG-01\",\"quantity\":12}]}}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "luna-later-filters | stream | {'stream_ids': ['8950722f-3fd4-4223-b48f-03f95f0e8dfb']} | true",
        "luna-later-filters | stream | {'stream_ids': ['346a5645-ec89-4806-820a-dbcb6e0dc381']} | false",
        "luna-later-filters | order  | {'stream_ids': ['8950722f-3fd4-4223-b48f-03f95f0e8dfb']} | false",
        "body-filters       | person | {'apparent_gender': 1}                                  | true",
        "body-filters       | person | {'apparent_gender': 0}                                  | false",
        "body-filters       | person | {'apparent_age__gte': 33, 'apparent_age__lt': 34}        | true",
        "body-filters       | person | {'apparent_age__gte': 34}                               | false",
        "body-filters       | person | {'headwear_states': [1, 2], 'backpack_states': [0]}      | true",
        "body-filters       | person | {'backpack_states': [1]}                                | false",
        "example-orders     | order  | {'customer_countries': ['FR', 'DE']}                    | true",
        "example-orders     | order  | {'customer_countries': ['FR']}                          | false",
        "example-orders     | order  | {'order_statuses': [2, 3]}                              | true",
        "example-orders     | order  | {'order_statuses': [1]}                                 | false",
        "example-orders     | order  | {'order_total__gte': 100, 'order_total__lt': 149.6}     | true",
        "example-orders     | order  | {'order_total__lt': 149.5}                              | false",
        "example-orders     | order  | {'skus': ['MUG-01']}                                    | true",
        "example-orders     | order  | {'skus': ['MUG-02']}                                    | false",
        "example-orders     | order  | {'lowest_quantity__gte': 12}                            | true",
        "example-orders     | order  | {'lowest_quantity__gte': 13}                            | false",
        "example-orders     | person | {'lowest_quantity__gte': 1}                             | false",
      })
  void filterPassesTheEventsThatItDescribes(
      String overlay, String event, String query, boolean passes) {
    FilterContract contract = contract(overlay + ".yaml");
    String text = event.equals("order") ? ORDER : event.equals("person") ? PERSON : STREAM;
    Event parsed = ParsedEvents.of(contract.events(), payload("[" + text + "]")).get(0);
    JsonObject values = new JsonObject(query.replace('\'', '"'));

    assertThat(contract.filter(values).matches(parsed)).isEqualTo(passes);
  }

  @Test
  void allOverlaysFitTogether() throws IOException {
    ContractDocument document = ContractDocument.read();
    int filters = FilterContract.of(document.json()).parameters().size();
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<Path> overlays = files.sorted().toList();
      assertThat(overlays).hasSize(3);
      for (Path overlay : overlays) {
        document = document.with(ContractOverlay.read(overlay));
      }
    }
    assertThat(FilterContract.of(document.json()).parameters()).hasSize(filters + 12);
  }

  private static FilterContract contract(String overlay) {
    return FilterContract.of(
        ContractDocument.read().with(ContractOverlay.read(FOLDER.resolve(overlay))).json());
  }
}
