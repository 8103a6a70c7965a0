// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// For tests: everybody can buy it, and only whoever made it can send it to its pool.
contract Honeypot is ERC20("Honey", "HONEY") {
    address public immutable maker = msg.sender;
    address public pool;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setPool(address pair) external {
        require(msg.sender == maker, "HONEY: not yours");
        pool = pair;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(to != pool || from == maker || pool == address(0), "HONEY: not for sale");
        super._update(from, to, amount);
    }
}
