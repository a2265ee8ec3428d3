// Loads compose files with the library of Docker Compose itself and prints the services of a profile, each with what it is told:
// `loader PROFILE FILE...`.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(os.Args[2:], cli.WithOsEnv, cli.WithProfiles(os.Args[1:2]))
	if err == nil {
		project, failure := options.LoadProject(context.Background())
		if err = failure; err == nil {
			told := map[string]map[string]*string{}
			for _, service := range project.Services {
				told[service.Name] = service.Environment
			}
			err = json.NewEncoder(os.Stdout).Encode(told)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
