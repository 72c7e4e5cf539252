package luna.sender.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.netty.util.internal.PlatformDependent;

/**
 * The resource usage of the process: heap, garbage collections, direct memory, processors, file
 * descriptors.
 *
 * <p>Owner: thread-safe; {@link #close} stops listening for garbage collections.
 *
 * <p>Why direct memory comes from Netty: it may allocate without the JVM, whose own count of direct
 * buffers would then stay near 0.
 */
final class ProcessMetrics implements AutoCloseable {
  private final JvmGcMetrics collections = new JvmGcMetrics();

  ProcessMetrics(MeterRegistry registry) {
    collections.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    Gauge.builder("luna_sender_direct_memory_bytes", PlatformDependent::usedDirectMemory)
        .description("Direct memory that Netty uses for socket input and output")
        .register(registry);
    Gauge.builder("luna_sender_direct_memory_limit_bytes", PlatformDependent::maxDirectMemory)
        .description("Limit of the direct memory")
        .register(registry);
  }

  @Override
  public void close() {
    collections.close();
  }
}
