package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	for _, word := range os.Args[1:] {
		fmt.Println(strings.ReplaceAll(strings.ToLower(word), " ", "-"))
	}
}
