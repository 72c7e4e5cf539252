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

  private static final EventAttribute[] NONE = {};
  private static final Pending[] NOTHING_PENDING = {};

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

  /** Whether nothing but a scalar is read here. */
  boolean isScalar;

  /** The number of nodes on the longest way down from here, with this one. */
  int height;

  /** A bit that differs from those of the other keys of the object, if it has up to 64. */
  long bit;

  /** What is read in an element of an array, but counts only if the element has something else. */
  private Pending[] pending = NOTHING_PENDING;

  /**
   * An attribute that counts only in an element in which there is an object.
   *
   * @param value where the attribute is stored until the element ends
   * @param object where it is stored whether there is an object
   */
  private record Pending(EventAttribute attribute, EventAttribute value, EventAttribute object) {}

  PathNode(String key) {
    super(key);
  }

  /** Returns the node of a step from here; creates it if there is none. */
  PathNode child(EventPath.Step step) {
    if (step.isElement()) {
      if (element == null) {
        element = new PathNode(EventPath.EACH);
      }
      return element;
    }
    for (PathNode child : children) {
      if (child.text.equals(step.key())) {
        return child;
      }
    }
    PathNode child = new PathNode(step.key());
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

  /** Prepares the tree for reading. */
  void complete() {
    height = 1;
    long nextBit = 1;
    for (PathNode child : children) {
      child.bit = nextBit;
      // From the 64th key on, keys share a bit: then an event is only read twice without need.
      nextBit = nextBit < 0 ? nextBit : nextBit << 1;
      child.complete();
      height = Math.max(height, 1 + child.height);
    }
    if (element != null) {
      element.complete();
      height = Math.max(height, 1 + element.height);
    }
    keys = children.isEmpty() ? NO_KEYS : new PayloadKeys<>(children);
    scalars = own.stream().filter(each -> !isObject(each)).toArray(EventAttribute[]::new);
    objects = own.stream().filter(PathNode::isObject).toArray(EventAttribute[]::new);
    isScalar = children.isEmpty() && element == null && objects.length == 0;
  }

  private static boolean isObject(EventAttribute attribute) {
    return attribute.type() == EventAttribute.Type.OBJECT;
  }
}
