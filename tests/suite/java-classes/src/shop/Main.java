package shop;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ResourceBundle;

public class Main {
    public static void main(String[] arguments) throws Exception {
        String greeting = ResourceBundle.getBundle("messages").getString("greeting");
        HttpServer server = HttpServer.create(new InetSocketAddress(8090), 0);
        server.createContext("/", exchange -> {
            String text = greeting + " from " + Charset.defaultCharset() + ", heap " + (Runtime.getRuntime().maxMemory() >> 20) + " MB\n";
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        System.out.println("open on 8090");
    }
}
