import java.io.IOException;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Marks the method premain of a compiled class as one of a variable number of arguments, which it is not.
 *
 * <p>The JVM calls premain by reflection, and reflection calls a method by method handles, which a JVM that has just
 * started has yet to make, with the class-file library, which it has yet to load: 20 ms of a worker's start, and most of
 * what an agent takes. A method that is so marked although its last parameter is no array has no such handle
 * (MethodHandleAccessorFactory.useNativeAccessor in the JDK; JVMS 4.6 permits the mark), so that it is called directly.
 */
final class MarkPremain {
    public static void main(String[] arguments) throws IOException {
        var file = Path.of(arguments[0]);
        var marked = (MethodTransform) (builder, element) -> {
            if (element instanceof AccessFlags flags) {
                builder.withFlags(flags.flagsMask() | AccessFlag.VARARGS.mask());
            } else {
                builder.with(element);
            }
        };
        ClassTransform transform = (builder, element) -> {
            if (element instanceof MethodModel method && method.methodName().equalsString("premain")) {
                builder.transformMethod(method, marked);
            } else {
                builder.with(element);
            }
        };
        var classFile = ClassFile.of();
        Files.write(file, classFile.transformClass(classFile.parse(file), transform));
    }
}
