package luna.sender.event;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place in an event where attributes are read, or below which they are: a node of the tree of all
 * paths.
 *
 * <p>Owner: not changed after {@link #complete}.
 */
final class PathNode extends PayloadKey {
  static final PayloadKeys<PathNode> NO_KEYS = new PayloadKeys<>(List.of());

  private static final int LAST_BIT = Long.SIZE - 1;
  private static final EventAttribute[] NONE = {};
  private static final Pending[] NOTHING_PENDING = {};

  /** What is read here. */
  enum Content {
    /** The keys of an object. */
    OBJECT,

    /** The elements of an array. */
    ARRAY,

    /** A scalar that is one attribute. */
    TEXT,
    NUMBER,
    CODE,

    /** Values of different types, or several attributes. */
    MIXED
  }

  /** The node around this one. For the root, itself. */
  final PathNode outer;

  final boolean isElement;

  private final List<PathNode> children = new ArrayList<>();
  private final List<EventAttribute> own = new ArrayList<>();

  /** The keys of an object that are read. */
  PayloadKeys<PathNode> keys = NO_KEYS;

  /** The elements of an array; null if an array has nothing that is read. */
  @Nullable PathNode element;

  /** The attributes that a scalar here is. */
  EventAttribute[] scalars = NONE;

  /** The attributes that an object here is. */
  EventAttribute[] objects = NONE;

  Content content = Content.MIXED;

  /**
   * A bit that differs from those of the other keys of the object, and of all keys of the objects
   * around it, if these are up to 64 keys.
   */
  long bit;

  /** All bits that the keys of an object here do not have. */
  long outerBits;

  /** What is read in an element of an array, but counts only if the element has something else. */
  private Pending[] pending = NOTHING_PENDING;

  /**
   * An attribute that counts only in an element in which there is an object.
   *
   * @param value where the attribute is stored until the element ends
   * @param object where it is stored whether there is an object
   */
  private record Pending(EventAttribute attribute, EventAttribute value, EventAttribute object) {}

  private PathNode(String key) {
    super(key);
    this.outer = this;
    this.isElement = false;
  }

  private PathNode(String key, PathNode outer) {
    super(key);
    this.outer = outer;
    this.isElement = key.equals(EventPath.EACH);
  }

  static PathNode root() {
    return new PathNode(EventPath.EVENT);
  }

  /** Returns the node of a step from here; creates it if there is none. */
  PathNode child(EventPath.Step step) {
    if (step.isElement()) {
      if (element == null) {
        element = new PathNode(EventPath.EACH, this);
      }
      return element;
    }
    for (PathNode child : children) {
      if (child.text.equals(step.key())) {
        return child;
      }
    }
    PathNode child = new PathNode(step.key(), this);
    children.add(child);
    return child;
  }

  void add(EventAttribute attribute) {
    own.add(attribute);
  }

  /** Makes an attribute below count only in an element of this array that has an object. */
  void addPending(EventAttribute attribute, EventAttribute value, EventAttribute object) {
    pending = Arrays.copyOf(pending, pending.length + 1);
    pending[pending.length - 1] = new Pending(attribute, value, object);
  }

  void startElement(Attributes attributes) {
    for (Pending each : pending) {
      attributes.clear(each.value);
      attributes.clear(each.object);
    }
  }

  void endElement(Attributes attributes) {
    for (Pending each : pending) {
      if (attributes.codes(each.object.slot()) != 0) {
        attributes.add(each.attribute, each.value.slot());
      }
    }
  }

  /**
   * Prepares the tree for reading.
   *
   * @param firstBit how many keys the objects around this value have
   */
  void complete(int firstBit) {
    // From the 64th key on, keys share a bit: then an event is only read twice without need.
    outerBits = firstBit < LAST_BIT ? (1L << firstBit) - 1 : -1;
    int nextBit = firstBit;
    for (PathNode child : children) {
      child.bit = 1L << Math.min(nextBit++, LAST_BIT);
      child.complete(firstBit + children.size());
    }
    if (element != null) {
      element.complete(firstBit);
    }
    keys = children.isEmpty() ? NO_KEYS : new PayloadKeys<>(children);
    scalars = own.stream().filter(each -> !isObject(each)).toArray(EventAttribute[]::new);
    objects = own.stream().filter(PathNode::isObject).toArray(EventAttribute[]::new);
    content = content();
  }

  private Content content() {
    boolean isContainer = own.isEmpty();
    if (isContainer && element == null) {
      return Content.OBJECT;
    }
    if (isContainer && children.isEmpty()) {
      return Content.ARRAY;
    }
    if (own.size() > 1 || element != null || !children.isEmpty()) {
      return Content.MIXED;
    }
    return switch (own.get(0).type()) {
      case TEXT -> Content.TEXT;
      case NUMBER -> Content.NUMBER;
      case CODE -> Content.CODE;
      default -> Content.MIXED;
    };
  }

  private static boolean isObject(EventAttribute attribute) {
    return attribute.type() == EventAttribute.Type.OBJECT;
  }
}
