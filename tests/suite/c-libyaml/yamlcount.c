#include <stdio.h>
#include <yaml.h>

int main(int count, char **words) {
    yaml_parser_t parser;
    yaml_event_t event;
    int scalars = 0, done = 0;
    FILE *file = fopen(count > 1 ? words[1] : "config/site.yml", "r");
    if (!file || !yaml_parser_initialize(&parser)) {
        perror(count > 1 ? words[1] : "config/site.yml");
        return 1;
    }
    yaml_parser_set_input_file(&parser, file);
    while (!done) {
        if (!yaml_parser_parse(&parser, &event)) return 3;
        scalars += event.type == YAML_SCALAR_EVENT;
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    printf("%d scalars, libyaml %s\n", scalars, yaml_get_version_string());
    return 0;
}
