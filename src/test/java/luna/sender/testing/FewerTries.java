package luna.sender.testing;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyAttributes;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * Reduces the tries of every property, for runs that repeat each test hundreds of times, such as
 * mutation testing. The seed is then fixed too, so that two runs can be compared.
 *
 * <p>Shape: system property {@code luna.sender.tries.percent}; without it, nothing changes.
 */
public final class FewerTries implements AroundPropertyHook {
  private static final int ALL = 100;
  private static final int PERCENT = Integer.getInteger("luna.sender.tries.percent", ALL);

  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) {
    PropertyAttributes attributes = context.attributes();
    if (PERCENT < ALL) {
      attributes.tries().ifPresent(tries -> attributes.setTries(tries * PERCENT / ALL));
      attributes.setSeed("1");
    }
    return property.execute();
  }

  @Override
  public PropagationMode propagateTo() {
    return PropagationMode.ALL_DESCENDANTS;
  }

  /** Runs outside of all other hooks of a property. */
  @Override
  public int aroundPropertyProximity() {
    return -1;
  }
}
