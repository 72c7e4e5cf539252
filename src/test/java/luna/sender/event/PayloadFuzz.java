package luna.sender.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import luna.sender.cli.bench.TreeFilter;
import luna.sender.event.MalformedPayloadException.Reason;
import luna.sender.filter.FilterContract;
import luna.sender.filter.RandomContracts;
import luna.sender.testing.ContractAttributes;
import luna.sender.testing.CpuLimit;
import luna.sender.testing.EventTree;
import luna.sender.testing.TestContract;
import org.jspecify.annotations.Nullable;

/**
 * Parses arbitrary bytes, and compares the result with Jackson: both reject the same payloads; the
 * frames contain the bytes of their elements unchanged; the attributes are those of Jackson's tree.
 * Filters of random contracts, with values of the payload, agree with {@link TreeFilter}.
 *
 * <p>Errors: {@link AssertionError} if the two differ, and those of {@link CpuLimit}; any other
 * exception is a bug of the parser.
 *
 * <p>Owner: used by one thread.
 */
public final class PayloadFuzz {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();
  private static final ObjectMapper TREES = new ObjectMapper(JSON);
  private static final PayloadParser PARSER =
      new PayloadParser(1 << 20, TestContract.EVENTS, false);
  private static final List<Target> RANDOM_CONTRACTS =
      Stream.of(1, 2, 3).map(seed -> Target.of(new Random(seed))).toList();

  /** The most events of a payload that are compared by random filters, which take long. */
  private static final int FILTERED_EVENTS = 4;

  private static final int QUERIES = 4;
  private static final String ACCOUNT = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";

  private PayloadFuzz() {}

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] payload) {
    CpuLimit.check(() -> check(payload));
    RANDOM_CONTRACTS.forEach(target -> CpuLimit.check(() -> target.check(payload)));
  }

  /** A random contract with its parser. */
  private record Target(FilterContract contract, PayloadParser parser) {
    static Target of(Random random) {
      FilterContract contract = FilterContract.of(RandomContracts.document(random));
      return new Target(contract, new PayloadParser(1 << 20, contract.events(), false));
    }

    void check(byte[] payload) {
      Reading reading = read(payload);
      List<Event> events = parse(parser, payload, reading);
      Random random = new Random(Arrays.hashCode(payload));
      for (int i = 0; i < Math.min(FILTERED_EVENTS, events.size()); i++) {
        check(events.get(i), reading.message(reading.elements.get(i), payload), random);
      }
    }

    private void check(Event event, JsonNode message, Random random) {
      List<String> texts = new ArrayList<>();
      List<Double> numbers = new ArrayList<>();
      collect(message, 0, texts, numbers);
      for (int i = 0; i < QUERIES; i++) {
        JsonObject query = RandomContracts.query(contract, texts, numbers, random);
        boolean passes = contract.filter(query).matches(event);
        boolean expected = new TreeFilter(contract.parameters(), query).passes(message);
        require(passes == expected, passes + ": " + message, query);
      }
    }
  }

  private static void check(byte[] payload) {
    Reading reading = read(payload);
    List<Event> events = parse(PARSER, payload, reading);
    for (int i = 0; i < events.size(); i++) {
      check(events.get(i), reading.elements.get(i), reading, payload);
    }
  }

  /** Returns the events; none if the payload is rejected, as expected. */
  private static List<Event> parse(PayloadParser parser, byte[] payload, Reading reading) {
    PayloadParser.Parsed parsed;
    try {
      parsed = parser.parse(ACCOUNT, payload.clone(), 7);
    } catch (MalformedPayloadException malformed) {
      require(reading.faults.contains(malformed.reason()), malformed.reason(), reading.faults);
      return List.of();
    }
    require(reading.faults.isEmpty(), "parsed", reading.faults);
    require(
        parsed.malformedEvents() == reading.others, parsed.malformedEvents() + " others", reading);
    require(parsed.events().size() == reading.elements.size(), parsed.events(), reading);
    return parsed.events();
  }

  /** Collects texts and numbers to the depth of the contracts' paths. */
  private static void collect(JsonNode node, int depth, List<String> texts, List<Double> numbers) {
    if (node.isTextual()) {
      texts.add(node.textValue());
    } else if (node.isNumber() && Double.isFinite(node.doubleValue())) {
      numbers.add(node.doubleValue());
    } else if (depth < RandomContracts.DEPTH_LIMIT * 2) {
      node.forEach(inner -> collect(inner, depth + 1, texts, numbers));
    }
  }

  private static void check(Event event, Slice element, Reading reading, byte[] payload) {
    require(event.account().equals(ACCOUNT) && event.receivedNanos() == 7, event, "the given");
    byte[] frame = ParsedEvents.text(event);
    require(StrictJson.isObject(frame), text(frame), "one JSON object");
    byte[] expected = reading.frame(element, payload, madeId(frame));
    require(Arrays.equals(frame, expected), text(frame), text(expected));
    ContractAttributes wanted = attributes(element.tree(payload), reading.handlerId);
    ContractAttributes read = ContractAttributes.of(event.attributes());
    require(unsigned(read).equals(unsigned(wanted)), read, wanted);
  }

  /** Jackson reads -0 as an integer, which has no sign; no filter distinguishes it from 0. */
  private static ContractAttributes unsigned(ContractAttributes a) {
    return new ContractAttributes(
        a.source(),
        a.labels(),
        a.topSimilarity() + 0.0,
        a.age() + 0.0,
        a.gender(),
        a.ethnicGroup(),
        a.liveness(),
        a.mask(),
        a.emotion(),
        a.tags(),
        a.city(),
        a.area(),
        a.district(),
        a.street(),
        a.houseNumber(),
        a.handlerId());
  }

  /** Returns the request id at the end of a frame, if it was generated. */
  private static String madeId(byte[] frame) {
    String text = text(frame);
    // The length of all ids, plus the end of the frame.
    int end = text.length() - 2;
    String id = text.substring(Math.max(0, end - RequestId.create().length()), end);
    return RequestId.of(id).equals(id) ? id : "a new request id";
  }

  private static Reading read(byte[] payload) {
    Reading reading = new Reading();
    if (!isUtf8(payload)) {
      reading.faults.add(Reason.NOT_UTF8);
      return reading;
    }
    try {
      if (indexOf(payload, 0) >= 0) {
        // Jackson would detect another encoding.
        throw new JsonProcessingException("no byte of JSON") {};
      }
      readJson(payload, reading);
    } catch (JsonProcessingException malformed) {
      // The first error in the payload is the one reported.
      reading.faults.addAll(EnumSet.complementOf(EnumSet.of(Reason.NOT_UTF8, Reason.NO_EVENTS)));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return reading;
  }

  private static void readJson(byte[] payload, Reading reading) throws IOException {
    try (JsonParser in = JSON.createParser(payload)) {
      if (in.nextToken() == null) {
        throw new JsonProcessingException("nothing") {};
      }
      reading.message(in);
      if (in.nextToken() != null) {
        throw new JsonProcessingException("more") {};
      }
    }
  }

  /** A range of bytes of a payload. */
  private record Slice(int start, int end) {
    JsonObject tree(byte[] payload) {
      try {
        @SuppressWarnings("unchecked")
        Map<String, Object> tree = TREES.readValue(payload, start, end - start, Map.class);
        return new JsonObject(tree);
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
    }
  }

  /** The result of Jackson for a payload. */
  private static final class Reading {
    final Set<Reason> faults = EnumSet.noneOf(Reason.class);
    final List<Slice> elements = new ArrayList<>();
    final Map<String, Slice> fields = new HashMap<>();
    final Set<String> badFields = new HashSet<>();
    boolean events;
    boolean array;
    int others;
    @Nullable String handlerId;

    void message(JsonParser in) throws IOException {
      if (in.currentToken() != JsonToken.START_OBJECT) {
        faults.add(Reason.NOT_OBJECT);
        pass(in, 0);
        return;
      }
      while (in.nextToken() != JsonToken.END_OBJECT) {
        String name = in.currentName();
        in.nextToken();
        switch (name) {
          case "events" -> events(in);
          case "handler_id" -> {
            handlerId =
                in.currentToken() == JsonToken.VALUE_NULL
                    ? null
                    : in.getText().toLowerCase(Locale.ROOT);
            field(name, in);
          }
          case "event_create_time", "event_end_time", "Luna-Request-Id" -> field(name, in);
          default -> pass(in, 1);
        }
      }
      if (!array) {
        faults.add(events ? Reason.EVENTS_NOT_ARRAY : Reason.NO_EVENTS);
      } else if (elements.isEmpty() && others == 0) {
        faults.add(Reason.NO_EVENTS);
      }
      if (!badFields.isEmpty()) {
        faults.add(Reason.BAD_FIELD);
      }
    }

    private void events(JsonParser in) throws IOException {
      elements.clear();
      others = 0;
      events = true;
      array = in.currentToken() == JsonToken.START_ARRAY;
      if (!array) {
        pass(in, 1);
        return;
      }
      while (in.nextToken() != JsonToken.END_ARRAY) {
        boolean object = in.currentToken() == JsonToken.START_OBJECT;
        Slice element = pass(in, 2);
        if (object) {
          elements.add(element);
        } else {
          others++;
        }
      }
    }

    /** The last duplicate counts. */
    private void field(String name, JsonParser in) throws IOException {
      badFields.remove(name);
      if (in.currentToken().isStructStart() || in.currentToken().isBoolean()) {
        badFields.add(name);
      }
      fields.put(name, pass(in, 1));
    }

    /** Skips the value, which may be deeply nested. */
    private Slice pass(JsonParser in, int outer) throws IOException {
      int start = (int) in.currentTokenLocation().getByteOffset();
      int depth = outer;
      do {
        if (in.currentToken() == null) {
          throw new JsonProcessingException("ends early") {};
        }
        if (in.currentToken().isStructStart()) {
          depth++;
        } else if (in.currentToken().isStructEnd()) {
          depth--;
        }
        if (depth > JsonScanner.MAX_DEPTH) {
          faults.add(Reason.TOO_DEEP);
        }
      } while (depth > outer && in.nextToken() != JsonToken.NOT_AVAILABLE);
      in.finishToken();
      return new Slice(start, (int) in.currentLocation().getByteOffset());
    }

    /** Returns what a frame and a message have in common: the event and the handler. */
    private ByteArrayOutputStream start(Slice element, byte[] payload) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(bytes("{\"event\":"));
      out.write(payload, element.start, element.end - element.start);
      out.writeBytes(bytes(",\"handler_id\":"));
      out.writeBytes(field("handler_id", payload, "null"));
      return out;
    }

    /** Returns the event and the handler as filters of a contract see them. */
    JsonNode message(Slice element, byte[] payload) {
      ByteArrayOutputStream message = start(element, payload);
      message.writeBytes(bytes("}"));
      try {
        return TREES.readTree(message.toByteArray());
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
    }

    byte[] frame(Slice element, byte[] payload, String madeId) {
      ByteArrayOutputStream frame = start(element, payload);
      frame.writeBytes(bytes(",\"event-create-time\":"));
      frame.writeBytes(field("event_create_time", payload, "null"));
      frame.writeBytes(bytes(",\"event-end-time\":"));
      frame.writeBytes(field("event_end_time", payload, "null"));
      frame.writeBytes(bytes(",\"Luna-Request-id\":"));
      byte[] id = field("Luna-Request-Id", payload, "null");
      frame.writeBytes(text(id).equals("null") ? bytes('"' + madeId + '"') : id);
      frame.writeBytes(bytes("}"));
      return frame.toByteArray();
    }

    private byte[] field(String name, byte[] payload, String absent) {
      Slice slice = fields.get(name);
      if (slice == null) {
        return bytes(absent);
      }
      byte[] value = Arrays.copyOfRange(payload, slice.start, slice.end);
      boolean number = value[0] == '-' || value[0] >= '0' && value[0] <= '9';
      return number ? bytes('"' + text(value) + '"') : value;
    }

    @Override
    public String toString() {
      return elements + " and " + others + " others";
    }
  }

  private static ContractAttributes attributes(JsonObject event, @Nullable String handlerId) {
    String basic = "face_attributes.basic_attributes.";
    String face = "aggregate_estimations.face.attributes.";
    return new ContractAttributes(
        EventTree.text(event, "source"),
        EventTree.labels(event),
        EventTree.topSimilarity(event),
        EventTree.number(EventTree.at(event, basic + "age")),
        outcome(EventTree.at(event, basic + "gender"), 0, "female", "male"),
        outcome(
            EventTree.at(event, basic + "ethnicities.predominant_ethnicity"),
            1,
            "african_american",
            "indian",
            "asian",
            "caucasian"),
        outcome(EventTree.at(event, face + "liveness.prediction"), 0, "spoof", "real", "unknown"),
        outcome(
            EventTree.at(event, face + "mask.predominant_mask"),
            1,
            "missing",
            "medical_mask",
            "occluded"),
        outcome(
            EventTree.at(event, face + "emotions.predominant_emotion"),
            1,
            "anger",
            "disgust",
            "fear",
            "happiness",
            "neutral",
            "sadness",
            "surprise"),
        EventTree.tags(event),
        EventTree.text(event, "location.city"),
        EventTree.text(event, "location.area"),
        EventTree.text(event, "location.district"),
        EventTree.text(event, "location.street"),
        EventTree.text(event, "location.house_number"),
        handlerId);
  }

  private static int outcome(@Nullable Object value, int first, String... names) {
    Integer code = EventTree.outcome(value, first, names);
    return code == null ? ContractAttributes.ABSENT : code;
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException notUtf8) {
      return false;
    }
  }

  private static int indexOf(byte[] bytes, int wanted) {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void require(boolean holds, Object is, Object expected) {
    if (!holds) {
      throw new AssertionError(is + " (expected: " + expected + ")");
    }
  }
}
