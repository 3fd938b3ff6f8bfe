package main

import (
	"log"
	"net/http"

	"example.org/tidepool/config"
	"example.org/tidepool/queue"
	"example.org/tidepool/web"
)

func main() {
	settings := config.FromEnvironment()
	handler := web.New(queue.New(settings.Depth), settings.Token)
	log.Fatal(http.ListenAndServe(settings.Address, handler))
}
