package io.netcluster.worker;

import static java.lang.constant.ConstantDescs.CD_Boolean;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where HTTP servers write the head of a response, wherever they were relocated to, and what is put before that in a
 * worker that drains: the response says that it is the connection's last, and the server closes it afterwards.
 *
 * <p>Interim responses, upgrades and tunnels are left as they are: their connections are no HTTP from there on.
 */
enum FarewellSite {
    /** The JDK's own server, which closes what its response says it closes. */
    JDK("sun/net/httpserver/ExchangeImpl", "sendResponseHeaders(IJ)V") {
        @Override
        void write(CodeBuilder code, Names names, Label unchanged) {
            var headers = ClassDesc.of("com.sun.net.httpserver.Headers");
            code.iload(1).loadConstant(FINAL).if_icmplt(unchanged);
            code.aload(0).getfield(names.site(), "rspHdrs", headers);
            code.loadConstant(CONNECTION).loadConstant(CLOSE);
            code.invokevirtual(headers, "set", MethodTypeDesc.of(CD_void, CD_String, CD_String));
        }
    },

    /** Adds the header for itself when its connection is not to be kept. */
    TOMCAT("org/apache/coyote/http11/Http11Processor", "prepareResponse()V") {
        @Override
        void write(CodeBuilder code, Names names, Label unchanged) {
            var response = names.of("org/apache/coyote/Response");
            code.aload(0).getfield(names.site(), "response", response);
            code.invokevirtual(response, "getStatus", MethodTypeDesc.of(CD_int));
            code.loadConstant(FINAL).if_icmplt(unchanged);
            code.aload(0).iconst_0().putfield(names.site(), "keepAlive", CD_boolean);
        }
    },

    /** Says by a GOAWAY that new requests go elsewhere, and by a second one, later, which it has served. */
    TOMCAT_HTTP2("org/apache/coyote/http2/Stream", "writeHeaders()V") {
        @Override
        void write(CodeBuilder code, Names names, Label unchanged) {
            var connection = names.of("org/apache/coyote/http2/Http2UpgradeHandler");
            code.aload(0).getfield(names.site(), "handler", connection);
            code.invokevirtual(connection, "pause", MethodTypeDesc.of(CD_void));
        }
    },

    /**
     * As it stops, it connects to its own address, so that its acceptor wakes up; that address is other workers' now. So
     * it is woken where it waits, or stopping would take seconds more.
     */
    TOMCAT_STOP("org/apache/tomcat/util/net/AbstractEndpoint", "unlockAccept()V") {
        @Override
        void write(CodeBuilder code, Names names, Label unchanged) {
            askAgent(code, "wakeAcceptors", CodeBuilder::aconst_null);
        }
    },

    /** Adds the header for itself, as Tomcat. It is called for each part of a response, of which the head is the first. */
    JETTY("org/eclipse/jetty/http/HttpGenerator", "generateResponse(Lorg/eclipse/jetty/http/MetaData$Response;Z") {
        @Override
        void write(CodeBuilder code, Names names, Label unchanged) {
            var response = names.of("org/eclipse/jetty/http/MetaData$Response");
            var state = names.of("org/eclipse/jetty/http/HttpGenerator$State");
            code.aload(1).ifnull(unchanged);
            code.aload(0).getstatic(state, "START", state);
            code.invokevirtual(names.site(), "isState", MethodTypeDesc.of(CD_boolean, state))
                    .ifeq(unchanged);
            code.aload(1).invokevirtual(response, "getStatus", MethodTypeDesc.of(CD_int));
            code.loadConstant(FINAL).if_icmplt(unchanged);
            code.aload(0)
                    .iconst_0()
                    .invokevirtual(names.site(), "setPersistent", MethodTypeDesc.of(CD_void, CD_boolean));
        }
    },

    /** Sends a GOAWAY, and when its last stream ends, another, and closes. */
    JETTY_HTTP2("org/eclipse/jetty/http2/server/internal/HttpStreamOverHTTP2", "sendHeaders(") {
        @Override
        void write(CodeBuilder code, Names names, Label unchanged) {
            var stream = names.of("org/eclipse/jetty/http2/HTTP2Stream");
            var session = names.of("org/eclipse/jetty/http2/HTTP2Session");
            code.aload(0).getfield(names.site(), "_stream", stream);
            code.invokevirtual(stream, "getSession", MethodTypeDesc.of(session));
            code.invokevirtual(
                    session, "shutdown", MethodTypeDesc.of(ClassDesc.of("java.util.concurrent.CompletableFuture")));
            code.pop();
        }
    },

    /** Closes for itself, but does not say so of every response. */
    UNDERTOW(
            "io/undertow/server/protocol/http/HttpTransferEncoding",
            "createSinkConduit(Lio/undertow/server/HttpServerExchange;)Lorg/xnio/conduits/StreamSinkConduit;") {
        @Override
        void write(CodeBuilder code, Names names, Label unchanged) {
            var exchange = names.of("io/undertow/server/HttpServerExchange");
            var text = names.of("io/undertow/util/HttpString");
            var headers = names.of("io/undertow/util/HeaderMap");
            code.aload(0).invokevirtual(exchange, "getStatusCode", MethodTypeDesc.of(CD_int));
            code.loadConstant(FINAL).if_icmplt(unchanged);
            code.aload(0).invokevirtual(exchange, "getRequestMethod", MethodTypeDesc.of(text));
            code.getstatic(names.of("io/undertow/util/Methods"), "CONNECT", text);
            code.invokevirtual(text, "equals", MethodTypeDesc.of(CD_boolean, CD_Object))
                    .ifne(unchanged);
            code.aload(0).invokevirtual(exchange, "getResponseHeaders", MethodTypeDesc.of(headers));
            code.getstatic(names.of("io/undertow/util/Headers"), "CONNECTION", text)
                    .loadConstant(CLOSE);
            code.invokevirtual(headers, "put", MethodTypeDesc.of(headers, text, CD_String))
                    .pop();
            code.aload(0).iconst_0();
            code.invokevirtual(exchange, "setPersistent", MethodTypeDesc.of(exchange, CD_boolean))
                    .pop();
        }
    },

    /** Leaves keep-alive to what is built on it; so the connection is closed here, when the response has been written. */
    NETTY(
            "io/netty/handler/codec/http/HttpObjectEncoder",
            "write(Lio/netty/channel/ChannelHandlerContext;Ljava/lang/Object;Lio/netty/channel/ChannelPromise;)V") {
        @Override
        void write(CodeBuilder code, Names names, Label unchanged) {
            var announced = code.newLabel();
            var response = names.of("io/netty/handler/codec/http/HttpResponse");
            code.aload(2).instanceOf(response).ifeq(announced);
            code.trying(
                    block -> announceNetty(block, names, response, announced),
                    // headers that cannot be changed: this connection goes on
                    handlers -> handlers.catching(ClassDesc.of("java.lang.RuntimeException"), CodeBuilder::pop));
            code.labelBinding(announced);

            var promise = names.of("io/netty/channel/ChannelPromise");
            var listener = names.of("io/netty/channel/ChannelFutureListener");
            code.aload(2)
                    .instanceOf(names.of("io/netty/handler/codec/http/LastHttpContent"))
                    .ifeq(unchanged);
            attribute(code, names);
            code.aconst_null();
            code.invokeinterface(
                    names.of("io/netty/util/Attribute"), "getAndSet", MethodTypeDesc.of(CD_Object, CD_Object));
            code.ifnull(unchanged);
            code.aload(3)
                    .invokeinterface(promise, "unvoid", MethodTypeDesc.of(promise))
                    .astore(3);
            code.aload(3).getstatic(listener, "CLOSE", listener);
            code.invokeinterface(
                    promise,
                    "addListener",
                    MethodTypeDesc.of(promise, names.of("io/netty/util/concurrent/GenericFutureListener")));
            code.pop();
        }

        /** A response without a length ends with its connection, or begins a tunnel: the program's affair. */
        private void announceNetty(CodeBuilder code, Names names, ClassDesc response, Label announced) {
            var headers = names.of("io/netty/handler/codec/http/HttpHeaders");
            var status = names.of("io/netty/handler/codec/http/HttpResponseStatus");
            int number = code.allocateLocal(TypeKind.INT);
            var framed = code.newLabel();
            code.aload(2).checkcast(response).invokeinterface(response, "status", MethodTypeDesc.of(status));
            code.invokevirtual(status, "code", MethodTypeDesc.of(CD_int)).istore(number);
            code.iload(number).loadConstant(FINAL).if_icmplt(announced);
            code.iload(number).loadConstant(204).if_icmpeq(framed);
            code.iload(number).loadConstant(304).if_icmpeq(framed);
            for (var header : List.of("Content-Length", "Transfer-Encoding")) {
                code.aload(2).checkcast(response).invokeinterface(response, "headers", MethodTypeDesc.of(headers));
                code.loadConstant(header);
                code.invokevirtual(headers, "contains", MethodTypeDesc.of(CD_boolean, CD_String))
                        .ifne(framed);
            }
            code.goto_(announced).labelBinding(framed);
            code.aload(2).checkcast(response).invokeinterface(response, "headers", MethodTypeDesc.of(headers));
            code.loadConstant(CONNECTION).loadConstant(CLOSE);
            code.invokevirtual(headers, "set", MethodTypeDesc.of(headers, CD_String, CD_Object))
                    .pop();
            attribute(code, names);
            code.getstatic(CD_Boolean, "TRUE", CD_Boolean);
            code.invokeinterface(names.of("io/netty/util/Attribute"), "set", MethodTypeDesc.of(CD_void, CD_Object));
        }

        /** Of the channel: whether its present response has said that it is the last. */
        private void attribute(CodeBuilder code, Names names) {
            var channel = names.of("io/netty/channel/Channel");
            var key = names.of("io/netty/util/AttributeKey");
            code.aload(1)
                    .invokeinterface(
                            names.of("io/netty/channel/ChannelHandlerContext"), "channel", MethodTypeDesc.of(channel));
            code.loadConstant("netcluster.farewell");
            code.invokestatic(key, "valueOf", MethodTypeDesc.of(key, CD_String));
            code.invokeinterface(channel, "attr", MethodTypeDesc.of(names.of("io/netty/util/Attribute"), key));
        }
    },

    /**
     * A GOAWAY that refuses no stream, so that what the client sends until it has arrived is served; and after a second,
     * the orderly close of Netty's own, which waits for the streams that are left, however long they take.
     */
    NETTY_HTTP2("io/netty/handler/codec/http2/DefaultHttp2ConnectionEncoder", "writeHeaders(") {
        @Override
        void write(CodeBuilder code, Names names, Label unchanged) {
            var connection = names.of("io/netty/handler/codec/http2/Http2Connection");
            var manager = names.of("io/netty/handler/codec/http2/Http2LifecycleManager");
            var context = names.of("io/netty/channel/ChannelHandlerContext");
            var promise = names.of("io/netty/channel/ChannelPromise");
            var buffer = names.of("io/netty/buffer/ByteBuf");
            for (var question : List.of("isServer", "goAwaySent")) {
                code.aload(0).getfield(names.site(), "connection", connection);
                code.invokeinterface(connection, question, MethodTypeDesc.of(CD_boolean));
                if (question.equals("isServer")) {
                    code.ifeq(unchanged);
                } else {
                    code.ifne(unchanged);
                }
            }
            code.aload(0).getfield(names.site(), "lifecycleManager", manager);
            code.aload(1).loadConstant(Integer.MAX_VALUE).lconst_0();
            code.getstatic(names.of("io/netty/buffer/Unpooled"), "EMPTY_BUFFER", buffer);
            code.aload(1).invokeinterface(context, "newPromise", MethodTypeDesc.of(promise));
            code.invokeinterface(
                    manager,
                    "goAway",
                    MethodTypeDesc.of(
                            names.of("io/netty/channel/ChannelFuture"), context, CD_int, CD_long, buffer, promise));
            code.pop();

            var handler = names.of("io/netty/handler/codec/http2/Http2ConnectionHandler");
            code.aload(0)
                    .getfield(names.site(), "lifecycleManager", manager)
                    .instanceOf(handler)
                    .ifeq(unchanged);
            code.aload(0)
                    .getfield(names.site(), "lifecycleManager", manager)
                    .checkcast(handler)
                    .loadConstant(-1L);
            code.invokevirtual(handler, "gracefulShutdownTimeoutMillis", MethodTypeDesc.of(CD_void, CD_long));
            closeLater(code, names, context);
        }

        /** Not by Netty's executor: a task for that would be a lambda, which class files as old as Netty's cannot have. */
        private void closeLater(CodeBuilder code, Names names, ClassDesc context) {
            var channel = names.of("io/netty/channel/Channel");
            askAgent(code, "closeLater", argument -> {
                argument.iconst_2().anewarray(CD_Object);
                argument.dup().iconst_0().aload(1);
                argument.invokeinterface(context, "channel", MethodTypeDesc.of(channel))
                        .aastore();
                argument.dup().iconst_1().loadConstant(channel).aastore();
            });
        }
    };

    private static final int FINAL = 200; // what comes before a response of this status or above is interim
    private static final String CONNECTION = "Connection";
    private static final String CLOSE = "close";

    private final String suffix;
    private final String method;

    FarewellSite(String suffix, String method) {
        this.suffix = suffix;
        this.method = method;
    }

    /** The names of a server's classes, as they are in this JVM. */
    record Names(String prefix, ClassDesc site) {
        ClassDesc of(String name) {
            return ClassDesc.ofInternalName(prefix + name);
        }
    }

    /** Has the sites made. A class that loads in the course of it, and is looked up, would begin with it once more. */
    static void prepare() {
        // the class's initialization does it
    }

    /** The site in a class, by internal name. */
    static @Nullable FarewellSite in(String name) {
        for (var site : values()) {
            if (name.endsWith(site.suffix)) {
                return site;
            }
        }
        return null;
    }

    Names names(String name) {
        return new Names(name.substring(0, name.length() - suffix.length()), ClassDesc.ofInternalName(name));
    }

    /** Whether a method, by its name and descriptor, is one: the descriptor's beginning is enough. */
    boolean isIn(String nameAndDescriptor, Names names) {
        return nameAndDescriptor.startsWith(
                names.prefix().isEmpty() ? method : method.replaceAll("L(?!java/|org/xnio)", "L" + names.prefix()));
    }

    /** By what {@link Operations} knows. */
    private static void askAgent(CodeBuilder code, String operation, Consumer<CodeBuilder> argument) {
        var function = ClassDesc.of("java.util.function.BiFunction");
        code.invokestatic(ClassDesc.of("java.net.NetclusterWorker"), "agent", MethodTypeDesc.of(function));
        code.loadConstant(operation);
        argument.accept(code);
        code.invokeinterface(function, "apply", MethodTypeDesc.of(CD_Object, CD_Object, CD_Object))
                .pop();
    }

    /**
     * Writes what comes before the method's own code.
     *
     * @param unchanged where to go if there is nothing to be said
     */
    abstract void write(CodeBuilder code, Names names, Label unchanged);
}
