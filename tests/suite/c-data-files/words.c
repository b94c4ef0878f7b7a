#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **words) {
    const char *language = getenv("WORDS_LANGUAGE");
    char path[256], line[128];
    int number = 0;
    snprintf(path, sizeof path, DATA "/%s.txt", language ? language : "en");
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        return 2;
    }
    while (fgets(line, sizeof line, file)) {
        number++;
        if (count > 1 && !strcmp(words[1], "--list")) fputs(line, stdout);
    }
    printf("%d words, %s\n", number, curses_version()[0] ? "curses" : "plain");
    return 0;
}
