package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

const database = "state/shop.db"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "migrate" {
		os.MkdirAll("state", 0o755)
		if err := os.WriteFile(database, []byte("items: 3\n"), 0o644); err != nil {
			log.Fatal(err)
		}
		return
	}
	if _, err := os.Stat(database); err != nil {
		log.Fatalf("run migrate first: %v", err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		text, _ := os.ReadFile(database)
		fmt.Fprintf(w, "shop has %s", text)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
