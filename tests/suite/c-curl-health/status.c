#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9000)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16)) {
        perror("bind");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    puts("listening on 9000");
    fflush(stdout);
    for (;;) {
        char request[2048], path[256] = "/", answer[512], body[300];
        int client = accept(listener, 0, 0);
        ssize_t length = read(client, request, sizeof request - 1);
        if (length > 0) {
            request[length] = 0;
            sscanf(request, "%*s %255s", path);
        }
        int size = snprintf(body, sizeof body, strcmp(path, "/health") ? "status of %s\n" : "ok\n", path);
        int total = snprintf(answer, sizeof answer, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", size, body);
        if (write(client, answer, total) < 0) perror("write");
        close(client);
    }
}
