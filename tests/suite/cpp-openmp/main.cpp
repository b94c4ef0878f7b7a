#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

int main(int count, char **words) {
    const long limit = count > 1 ? std::stol(words[1]) : 1000;
    long found = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : found)
    for (long number = 2; number < limit; number++) {
        bool prime = true;
        for (long divisor = 2; divisor * divisor <= number && prime; divisor++) prime = number % divisor != 0;
        found += prime;
    }
    std::cout << found << " primes below " << limit << std::endl;
}
