document.title = "mock-agent";
