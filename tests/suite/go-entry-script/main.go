package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	port := flag.Int("port", 8080, "")
	flag.Parse()
	settings, err := os.ReadFile("run/settings")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%sstarted by %s\n", settings, os.Getenv("STARTED_BY"))
	})
	fmt.Println("ready")
	log.Fatal(http.ListenAndServe(fmt.Sprintf(":%d", *port), nil))
}
