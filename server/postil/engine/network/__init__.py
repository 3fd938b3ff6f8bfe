"""How a server is reached: proxies, certificate authorities, and what is wrong where a connection fails.

Every HTTP client of Postil is made with its transport. What the servers' answers mean is in the folder of each engine,
their addresses are in `engine.hosts`.
"""
