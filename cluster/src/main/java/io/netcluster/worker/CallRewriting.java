package io.netcluster.worker;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.instruction.InvokeInstruction;

/** How calls in one class are rewritten. */
interface CallRewriting {
    /** Whether the method has calls to be rewritten. */
    boolean concerns(String method);

    /** Writes what takes the place of a call, or returns false to keep it. */
    boolean rewrite(CodeBuilder code, String method, InvokeInstruction call);

    /** Whether everything that was to be rewritten has been found. */
    boolean isComplete();
}
