package luna.sender.event;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import luna.sender.event.EventAttribute.Aggregate;
import luna.sender.event.EventAttribute.Type;
import org.jspecify.annotations.Nullable;

/**
 * The attributes that are read from each event.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: the filters in {@code openapi.yaml}.
 */
public final class EventSchema {
  private final PathNode root;
  private final PathNode rootWithId;
  private final int idSlot;
  private final EventAttribute[] ofPayload;
  private final int texts;
  private final int numbers;
  private final int codes;

  private EventSchema(Builder builder) {
    List<EventAttribute> visible = List.copyOf(builder.attributes);
    EventAttribute id = builder.add("event.event_id", Type.TEXT, Aggregate.ALL, null, null);
    idSlot = id.slot();
    root = tree(visible, builder.requirements);
    rootWithId = tree(builder.attributes, builder.requirements);
    ofPayload =
        visible.stream().filter(each -> isOfPayload(each.path())).toArray(EventAttribute[]::new);
    texts = builder.texts;
    numbers = builder.numbers;
    codes = builder.codes;
  }

  /**
   * What is read for an attribute with a condition.
   *
   * @param value the attribute without the condition
   * @param object whether there is the object that the attribute requires
   */
  private record Requirement(EventAttribute value, EventAttribute object) {}

  /** Collects the attributes. Equal attributes are one. */
  public static final class Builder {
    private final List<EventAttribute> attributes = new ArrayList<>();
    private final Map<EventAttribute, Requirement> requirements = new HashMap<>();
    private int texts;
    private int numbers;
    private int codes;

    /**
     * Adds an attribute, unless there is an equal one.
     *
     * @throws IllegalArgumentException if the path has another form, or the other values do not fit
     *     the path
     */
    public EventAttribute add(
        String path,
        Type type,
        Aggregate aggregate,
        @Nullable String requires,
        @Nullable CodeNames names) {
      check(path, type, aggregate, requires);
      for (EventAttribute known : attributes) {
        EventAttribute same =
            new EventAttribute(path, type, aggregate, requires, names, known.slot());
        if (known.equals(same)) {
          return known;
        }
      }
      EventAttribute added =
          new EventAttribute(path, type, aggregate, requires, names, nextSlot(type));
      attributes.add(added);
      if (requires != null) {
        EventAttribute value =
            new EventAttribute(path, type, aggregate, null, names, nextSlot(type));
        EventAttribute object =
            new EventAttribute(
                requires, Type.OBJECT, Aggregate.ALL, null, null, nextSlot(Type.OBJECT));
        requirements.put(added, new Requirement(value, object));
      }
      return added;
    }

    private int nextSlot(Type type) {
      return switch (type) {
        case TEXT, UUID -> texts++;
        case NUMBER -> numbers++;
        case CODE, OBJECT -> codes++;
      };
    }

    public EventSchema build() {
      return new EventSchema(this);
    }

    private static void check(
        String path, Type type, Aggregate aggregate, @Nullable String requires) {
      if (isOfPayload(path)) {
        if ((type != Type.TEXT && type != Type.UUID) || requires != null) {
          throw new IllegalArgumentException(
              path + ": " + type + " (expected: text, without a condition)");
        }
        return;
      }
      EventPath parsed = EventPath.parse(path);
      boolean several = parsed.steps().stream().anyMatch(EventPath.Step::isElement);
      if (type == Type.NUMBER && several && aggregate == Aggregate.ALL) {
        throw new IllegalArgumentException(
            path + ": all (expected: highest, lowest, first or last, for a number in an array)");
      }
      if (type != Type.NUMBER
          && (aggregate == Aggregate.HIGHEST || aggregate == Aggregate.LOWEST)) {
        throw new IllegalArgumentException(
            path + ": " + aggregate + " (expected: first or last, for what is no number)");
      }
      if (requires != null && !requires.endsWith(EventPath.EACH)) {
        throw new IllegalArgumentException(
            requires + " (expected: the path of an array, which ends in " + EventPath.EACH + ")");
      }
      if (requires != null && (isAt(path, requires) || isAt(requires, path))) {
        throw new IllegalArgumentException(
            requires + " (expected: an array beside the value, not around it or in it)");
      }
      if (requires != null && commonElement(parsed, EventPath.parse(requires)) == 0) {
        throw new IllegalArgumentException(
            requires + " (expected: a path through an array that is also in " + path + ")");
      }
    }
  }

  /** Returns whether a path is another one, or below it. */
  private static boolean isAt(String path, String other) {
    return path.startsWith(other)
        && (path.length() == other.length() || ".[".indexOf(path.charAt(other.length())) >= 0);
  }

  private static boolean isOfPayload(String path) {
    return path.equals(EventPath.HANDLER_ID);
  }

  /** Returns how many first steps lead to the last array element that both paths have. */
  private static int commonElement(EventPath one, EventPath other) {
    int common = 0;
    int length = Math.min(one.steps().size(), other.steps().size());
    for (int i = 0; i < length && one.steps().get(i).equals(other.steps().get(i)); i++) {
      if (one.steps().get(i).isElement()) {
        common = i + 1;
      }
    }
    return common;
  }

  private static PathNode tree(
      List<EventAttribute> wanted, Map<EventAttribute, Requirement> requirements) {
    PathNode root = PathNode.root();
    for (EventAttribute attribute : wanted) {
      if (!isOfPayload(attribute.path())) {
        Requirement requirement = requirements.get(attribute);
        if (requirement == null) {
          node(root, steps(attribute)).add(attribute);
        } else {
          add(root, attribute, requirement);
        }
      }
    }
    root.complete(0);
    return root;
  }

  private static void add(PathNode root, EventAttribute attribute, Requirement requirement) {
    EventPath path = EventPath.parse(attribute.path());
    EventPath required = EventPath.parse(requirement.object.path());
    node(root, path.steps()).add(requirement.value);
    node(root, required.steps()).add(requirement.object);
    node(root, path.steps().subList(0, commonElement(path, required)))
        .addPending(attribute, requirement.value, requirement.object);
  }

  private static List<EventPath.Step> steps(EventAttribute attribute) {
    return EventPath.parse(attribute.path()).steps();
  }

  private static PathNode node(PathNode root, List<EventPath.Step> steps) {
    PathNode node = root;
    for (EventPath.Step step : steps) {
      node = node.child(step);
    }
    return node;
  }

  /** Returns attributes without a value. */
  Attributes attributes() {
    return new Attributes(texts, numbers, codes);
  }

  PathNode root(boolean readId) {
    return readId ? rootWithId : root;
  }

  /** Returns the id of an event that was read with its id. */
  @Nullable String id(Attributes attributes) {
    return attributes.firstText(idSlot);
  }

  /** Sets what the payload has for all of its events. */
  void setPayload(Attributes attributes, @Nullable String handlerId) {
    for (EventAttribute attribute : ofPayload) {
      attributes.setText(attribute.slot(), EventReader.text(attribute.type(), handlerId));
    }
  }
}
