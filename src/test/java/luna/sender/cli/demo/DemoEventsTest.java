package luna.sender.cli.demo;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import luna.sender.cli.demo.DemoEvents.Payload;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoEventsTest {
  private static final Instant NOW = Instant.parse("2026-11-24T09:30:15.123456Z");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The number of payloads in a minute, at four per second. */
  private static final int MINUTE = 240;

  /** The number of payloads in three seconds. */
  private static final int MOMENT = 12;

  @Test
  void sameSeedAndTimesGiveTheSamePayloads() {
    assertThat(payloads(7, MINUTE)).isEqualTo(payloads(7, MINUTE));
  }

  @Test
  void differentSeedsGiveDifferentPayloads() {
    assertThat(payloads(7, MINUTE)).doesNotContainAnyElementsOf(payloads(8, MINUTE));
  }

  @Test
  void payloadHasTheKeysOfThePlatform() {
    for (Payload payload : payloads(1, MINUTE)) {
      JsonNode json = parse(payload);
      assertThat(json.fieldNames())
          .toIterable()
          .containsExactly(
              "handler_id", "Luna-Request-Id", "events", "event_create_time", "event_end_time");
      assertThat(json.at("/Luna-Request-Id").asText()).matches("1795512615,[0-9a-f-]{36}");
      assertThat(OffsetDateTime.parse(json.at("/event_end_time").asText()).toInstant())
          .isEqualTo(NOW);
      assertThat(OffsetDateTime.parse(json.at("/event_create_time").asText()).toInstant())
          .isBefore(NOW);
    }
  }

  @Test
  void eventIdsAreUnique() {
    List<String> ids = texts(events(payloads(1, 5 * MINUTE)), "/event_id");
    assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[0-9a-f-]{36}"));
  }

  @Test
  void threePayloadsInFiveAreForTheFirstAccount() {
    Map<String, List<Payload>> byAccount = byAccount(payloads(1, 100));
    assertThat(byAccount.get(DemoEvents.FIRST_ACCOUNT)).hasSize(60);
    assertThat(byAccount.get(DemoEvents.SECOND_ACCOUNT)).hasSize(40);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void eachFilterValueOccursWithinAMinuteInBothAccounts(long seed) {
    byAccount(payloads(seed, MINUTE))
        .forEach(
            (account, payloads) -> {
              List<JsonNode> events = events(payloads);
              String basic = "/face_attributes/basic_attributes";
              String aggregate = "/aggregate_estimations/face/attributes";
              assertThat(texts(events, basic + "/gender")).contains("0", "1");
              assertThat(texts(events, basic + "/ethnicities/predominant_ethnicity"))
                  .containsAll(DemoPerson.ETHNICITIES);
              assertThat(texts(events, aggregate + "/emotions/predominant_emotion"))
                  .containsAll(DemoPerson.EMOTIONS);
              assertThat(texts(events, aggregate + "/mask/predominant_mask"))
                  .containsAll(DemoPerson.MASKS);
              assertThat(texts(events, aggregate + "/liveness/prediction"))
                  .contains("real", "spoof", "unknown");
              assertThat(new HashSet<>(texts(events, "/source"))).hasSize(6);
              assertThat(texts(events, "/location/city")).contains("Moscow", "München", "Москва");
              assertThat(labelsWithCandidates(events))
                  .containsExactlyInAnyOrder("vip", "staff", "banned");
              assertThat(tags(events)).contains("entrance", "night", "queue", "tag1", "гость");
              assertThat(
                      texts(payloads.stream().map(DemoEventsTest::parse).toList(), "/handler_id"))
                  .containsAll(DemoEvents.HANDLERS);
            });
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anEventOfAManOccursWithinSecondsInTheFirstAccount(long seed) {
    List<Payload> all = payloads(seed, 20 * MOMENT);
    for (int from = 0; from < all.size(); from += MOMENT) {
      List<Payload> moment = all.subList(from, from + MOMENT);
      List<JsonNode> events =
          events(
              moment.stream().filter(p -> p.account().equals(DemoEvents.FIRST_ACCOUNT)).toList());
      assertThat(texts(events, "/face_attributes/basic_attributes/gender")).contains("1");
    }
  }

  @Test
  void agesAndSimilaritiesSpreadOverTheirRange() {
    List<JsonNode> events = events(payloads(1, 5 * MINUTE));
    assertThat(
            texts(events, "/face_attributes/basic_attributes/age").stream().map(Integer::valueOf))
        .allMatch(age -> age >= 4 && age <= 85)
        .anyMatch(age -> age < 10)
        .anyMatch(age -> age > 75);
    assertThat(events.stream().flatMap(event -> event.findValues("similarity").stream()))
        .allMatch(similarity -> similarity.asDouble() >= 0.3 && similarity.asDouble() <= 0.99)
        .anyMatch(similarity -> similarity.asDouble() < 0.4)
        .anyMatch(similarity -> similarity.asDouble() > 0.9);
  }

  @Test
  void candidatesAreFacesOrEventsBestFirst() {
    Set<String> kinds = new HashSet<>();
    for (JsonNode match : matches(events(payloads(1, MINUTE)))) {
      double previous = 1;
      for (JsonNode candidate : match.get("candidates")) {
        candidate.fieldNames().forEachRemaining(kinds::add);
        assertThat(candidate.get("similarity").asDouble()).isLessThanOrEqualTo(previous);
        previous = candidate.get("similarity").asDouble();
      }
    }
    assertThat(kinds).containsExactlyInAnyOrder("face", "event", "similarity");
  }

  @Test
  void thePredominantValueHasTheHighestEstimation() {
    for (JsonNode event : events(payloads(1, MINUTE))) {
      JsonNode emotions = event.at("/aggregate_estimations/face/attributes/emotions");
      if (emotions.isObject()) {
        Map<String, Double> estimations =
            emotions.get("estimations").properties().stream()
                .collect(toMap(Map.Entry::getKey, entry -> entry.getValue().asDouble()));
        double sum = estimations.values().stream().mapToDouble(value -> value).sum();
        assertThat(sum).isBetween(0.999999, 1.000001);
        assertThat(estimations.get(emotions.get("predominant_emotion").asText()))
            .isGreaterThan(0.5);
      }
    }
  }

  @Test
  void payloadsHaveOneTwoOrThreeEvents() {
    assertThat(payloads(1, MINUTE).stream().map(payload -> parse(payload).get("events").size()))
        .contains(1, 2, 3)
        .allMatch(size -> size >= 1 && size <= 3);
  }

  @Test
  void someEventsLackFaceEstimationsOrMatch() {
    List<JsonNode> events = events(payloads(1, MINUTE));
    assertThat(events)
        .anyMatch(event -> !event.has("face_attributes") && event.get("body_attributes").isObject())
        .anyMatch(event -> event.at("/face_attributes/basic_attributes").isNull())
        .anyMatch(event -> event.get("matches").isEmpty())
        .anyMatch(event -> event.at("/matches/2/candidates").isEmpty())
        .anyMatch(event -> event.get("user_data").isNull())
        .anyMatch(event -> event.get("face").isNull());
  }

  private static List<Payload> payloads(long seed, int count) {
    DemoEvents events = new DemoEvents(seed);
    return Stream.generate(() -> events.next(NOW)).limit(count).toList();
  }

  private static Map<String, List<Payload>> byAccount(List<Payload> payloads) {
    Map<String, List<Payload>> byAccount = new HashMap<>();
    payloads.forEach(
        payload ->
            byAccount.computeIfAbsent(payload.account(), key -> new ArrayList<>()).add(payload));
    return byAccount;
  }

  private static List<JsonNode> events(List<Payload> payloads) {
    List<JsonNode> events = new ArrayList<>();
    payloads.forEach(payload -> parse(payload).get("events").forEach(events::add));
    return events;
  }

  private static List<JsonNode> matches(List<JsonNode> events) {
    List<JsonNode> matches = new ArrayList<>();
    events.forEach(event -> event.get("matches").forEach(matches::add));
    return matches;
  }

  private static Set<String> labelsWithCandidates(List<JsonNode> events) {
    Set<String> labels = new HashSet<>();
    matches(events).stream()
        .filter(match -> !match.get("candidates").isEmpty())
        .forEach(match -> labels.add(match.get("label").asText()));
    return labels;
  }

  private static Set<String> tags(List<JsonNode> events) {
    Set<String> tags = new HashSet<>();
    events.forEach(event -> event.get("tags").forEach(tag -> tags.add(tag.asText())));
    return tags;
  }

  private static List<String> texts(List<JsonNode> nodes, String pointer) {
    Function<JsonNode, JsonNode> value = node -> node.at(pointer);
    return nodes.stream().map(value).filter(JsonNode::isValueNode).map(JsonNode::asText).toList();
  }

  private static JsonNode parse(Payload payload) {
    try {
      return JSON.readTree(payload.json());
    } catch (JsonProcessingException e) {
      throw new AssertionError(payload.json(), e);
    }
  }
}
