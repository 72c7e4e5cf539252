package luna.sender.event;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds the values that do not count because their key comes again in the same object.
 *
 * <p>Owner: one thread; used for one event.
 */
final class RepeatedKeys {
  private final JsonScanner in;
  private final BitSet replaced = new BitSet();

  private RepeatedKeys(JsonScanner in) {
    this.in = in;
  }

  /**
   * Returns the positions of the replaced values in the object at the cursor. Only keys of the tree
   * are looked at.
   */
  static BitSet find(JsonScanner in, PathNode root) throws MalformedPayloadException {
    RepeatedKeys keys = new RepeatedKeys(in);
    keys.value(root);
    return keys.replaced;
  }

  private void value(PathNode node) throws MalformedPayloadException {
    byte first = in.peek();
    if (first == '{' && node.keys != PathNode.NO_KEYS) {
      object(node);
    } else if (first == '[' && node.element != null) {
      in.enterArray();
      while (in.nextElement()) {
        value(node.element);
      }
    } else {
      in.skip();
    }
  }

  private void object(PathNode node) throws MalformedPayloadException {
    Map<PathNode, Integer> last = new HashMap<>();
    in.enterObject();
    PathNode key;
    while ((key = in.nextKey(node.keys)) != null) {
      Integer before = last.put(key, in.position());
      if (before != null) {
        replaced.set(before);
      }
      value(key);
    }
  }
}
